from __future__ import annotations


class ReaderError(Exception):
    """What cannot be read, and why.

    `code`: `store-missing`, `unknown-dataset`, `unknown-version`, `unknown-run`, `ambiguous-features`,
    `unknown-service`, `object-missing`, `store-corrupt` or `time-invalid`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def corrupt(path: object, expected: str, got: str) -> ReaderError:
    return ReaderError("store-corrupt", f'file "{path}": expected {expected}, got {got}; restore it from a copy')
