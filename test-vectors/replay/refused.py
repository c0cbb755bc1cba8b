"""A refusal with the stage and the code that the vectors name."""


class Refused(Exception):
    def __init__(self, stage, error, at=None):
        super().__init__(f"{stage}: {error}" + ("" if at is None else f" at {at}"))
        self.stage, self.error, self.at = stage, error, at
