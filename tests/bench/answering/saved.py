"""Saves the same model for `mlflow models serve`: `python saved.py`, in the folder of the model."""

import joblib
import mlflow.sklearn

if __name__ == "__main__":
    mlflow.sklearn.save_model(
        joblib.load("model.joblib"), "mlflow", pyfunc_predict_fn="predict_proba", serialization_format="cloudpickle"
    )
