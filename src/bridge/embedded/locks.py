"""Locks that the kernel gives back when their holders are gone, however they went."""

import fcntl
import os
from pathlib import Path


class FolderLock:
    """An exclusive `flock` on a file, by its holder's open file, not by its process id.

    A process that inherits the file (``pass_fds``) holds the lock too, until it has gone as well.
    The file stays where it is: removing it would let two holders lock two files of one name.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    @property
    def fd(self) -> int:
        """Return the open file, to hand it to a child; only while the lock is held."""
        if self._fd is None:
            message = f"{self.path} is not locked"
            raise RuntimeError(message)
        return self._fd

    @property
    def is_held(self) -> bool:
        """Say whether we hold the lock."""
        return self._fd is not None

    def acquire(self) -> bool:
        """Take the lock without waiting; False when somebody else has it."""
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        self._fd = fd
        return True

    def sign(self) -> None:
        """Write our process id into the file, for the sentence that another one will say."""
        os.truncate(self.fd, 0)
        os.pwrite(self.fd, f"{os.getpid()}\n".encode(), 0)

    def read_signature(self) -> str:
        """Return the holder's process id as it wrote it, or "unknown"."""
        return self.path.read_text(encoding="ascii").strip() or "unknown"

    def release(self) -> None:
        """Close our file; without a lock this does nothing."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
