"""The list of cases. A case is a function of a stage; its name, read aloud, is the sentence it proves."""
import inspect
import os

CASES = []


class Skip(Exception):
    """Cannot be run here, with the reason."""


class Case:
    def __init__(self, function, seconds, by_name, **arguments):
        self.function, self.seconds, self.by_name, self.arguments = function, seconds, by_name, arguments
        module = os.path.basename(inspect.getsourcefile(function))[len("test_"):-len(".py")]
        detail = f"[{', '.join(str(v) for v in arguments.values())}]" if arguments else ""
        self.name = f"{module}.{function.__name__}{detail}"

    def play(self, stage):
        self.function(stage, **self.arguments)


def case(seconds=90, by_name=False, **variants):
    """Makes the function below a case; with `name=[...]` one case for each value. `seconds` is its time limit; `by_name`: it
    needs what takes long to get, and runs only if a pattern names it."""
    def register(function):
        if not variants:
            CASES.append(Case(function, seconds, by_name))
        for name, values in variants.items():
            CASES.extend(Case(function, seconds, by_name, **{name: value}) for value in values)
        return function
    return register
