"""Every rule of the house, in the order in which their findings are printed."""

from rules import build, code, notebooks, texts
from rules.tree import Rule

RULES: tuple[Rule, ...] = (
    code.FunctionsFitOnAScreen(),
    code.MostFunctionsAreShort(),
    code.FilesAreShort(),
    code.InitsAreEmpty(),
    code.NoHoldalls(),
    code.TestFilesHaveNamesOfTheirOwn(),
    code.NoStageNames(),
    code.NoApplicationWords(),
    code.ExceptionsHaveReasons(),
    texts.NoRegistries(),
    texts.NoMachines(),
    notebooks.NotebooksAreValid(),
    notebooks.NotebooksAreStripped(),
    notebooks.CodeIsPython(),
    notebooks.NotebooksOpenWithAQuestion(),
    notebooks.ImportsStandInTheSetup(),
    notebooks.ParametersAreExplained(),
    notebooks.SectionsAreInOrder(),
    notebooks.SectionsSayWhy(),
    notebooks.CellsAreShort(),
    notebooks.ChecksAssert(),
    notebooks.OutputsAreGlued(),
    notebooks.QuestionsAreAnswered(),
    notebooks.ClosingWordsHoldNoNumbers(),
    build.SessionsExist(),
    build.JenkinsCommandsExist(),
    build.ActionsArePinned(),
    build.WorkflowsAreModest(),
    build.ReadmeLinesStandAlone(),
    build.LockHoldsWhatIsDeclared(),
)
