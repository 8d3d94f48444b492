"""Stagebook: notebooks are the stages of a pipeline, executed notebooks its reports."""
