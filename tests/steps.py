"""Call something at one step of a server's dialogue with its client."""

from collections.abc import Callable


class Steps:
    """The steps that a server reached, and what is called at one of them."""

    def __init__(self) -> None:
        self.steps: list[str] = []  # that were reached since the last `at`
        self._call: tuple[int, Callable[[], object]] | None = None

    def at(self, number: int, call: Callable[[], object]) -> None:
        """Call this at the `number`-th step from now, in the server's thread, before it is answered."""
        self.steps.clear()
        self._call = (number, call)

    def reached(self, step: str) -> None:
        """Note a step, and make the call that was wanted there."""
        self.steps.append(step)
        if self._call is not None and len(self.steps) == self._call[0]:
            self._call[1]()
