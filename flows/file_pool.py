"""Files are hashed in threads and read in processes; a process that dies takes one file with it, not the run."""

import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from importlib.abc import MetaPathFinder
from typing import Final

from flows.kept_memory import keep_freed_memory
from flows.read_file import FileOutcome, FileTask, hash_file, read_file, refused
from store.inbox import InboxFile
from transforms.reports.refusals import Refusal, refusal

_WORTH_A_PROCESS: Final = 24 << 20
"""Starting a process costs about as much as reading so many bytes."""

_AT_ONCE: Final = 8 << 20
"""So many bytes of small files are handed to a process together: what all of them need is sent only once."""

_WORTH_A_FILE: Final = 1 << 18
"""Opening and accounting for a file costs about as much as reading so many bytes."""


def hash_files(files: Sequence[InboxFile], worker_count: int) -> list[str | Refusal]:
    """SHA-256 of every file, or why it cannot be read, in the order of the files."""
    with ThreadPoolExecutor(max(worker_count, 1)) as pool:
        return list(pool.map(hash_file, files))


def read_files(tasks: Sequence[FileTask], worker_count: int) -> Iterator[tuple[int, FileOutcome]]:
    """Read files; gives the position of each and its outcome, in the order in which they are finished.

    Raises:
        StorageError: staged rows cannot be written.
    """
    size = sum(task.file.identity.size + _WORTH_A_FILE for task in tasks)
    processes = min(worker_count, len(tasks), size // _WORTH_A_PROCESS + 1)
    if processes < 2:
        yield from ((position, read_file(task)) for position, task in enumerate(tasks))
        return
    unfinished = set(range(len(tasks)))
    # Large files first, so that no process is left alone with one at the end.
    by_size = sorted(unfinished, key=lambda position: -tasks[position].file.identity.size)
    for position, outcome in _in_pool(tasks, by_size, processes):
        unfinished.discard(position)
        yield position, outcome
    for position in sorted(unfinished):
        outcomes = list(_in_pool(tasks, [position], 1))
        if outcomes:
            yield outcomes[0]
        else:
            yield position, _killed(tasks[position])


def _in_pool(
    tasks: Sequence[FileTask], positions: Sequence[int], processes: int
) -> Iterator[tuple[int, FileOutcome]]:
    """Outcomes until all are there or a process died."""
    # Not forked: the caller may run threads (Prefect, Arrow), and a lock held by one of them would stay locked.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_begin) as pool:
        futures: dict[Future[list[FileOutcome]], list[int]] = {
            pool.submit(_read_together, [tasks[position] for position in together]): together
            for together in _together(tasks, positions)
        }
        try:
            for future in as_completed(futures):
                yield from zip(futures[future], future.result(), strict=True)
        except BrokenProcessPool:
            return
        finally:
            pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """Prepare a process that does nothing but read."""
    keep_freed_memory()
    sys.meta_path.insert(0, _WithoutPandas())


class _WithoutPandas(MetaPathFinder):
    """Lets the import of pandas fail.

    Arrow tries it, to learn that none of our arrays is one of pandas: that takes as long as reading 100,000 rows.
    """

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        """Say that there is no pandas, and nothing of other modules.

        Raises:
            ModuleNotFoundError: pandas is asked for.
        """
        del path, target
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname, name=fullname)


def _together(tasks: Sequence[FileTask], positions: Sequence[int]) -> Iterator[list[int]]:
    """The positions in their order, in groups of small files; a large one stays alone."""
    group: list[int] = []
    size = 0
    for position in positions:
        size += tasks[position].file.identity.size + _WORTH_A_FILE
        if group and size > _AT_ONCE:
            yield group
            group, size = [], tasks[position].file.identity.size + _WORTH_A_FILE
        group.append(position)
    if group:
        yield group


def _read_together(tasks: Sequence[FileTask]) -> list[FileOutcome]:
    return [read_file(task) for task in tasks]


def _killed(task: FileTask) -> FileOutcome:
    why = refusal("internal_error", "the reading process was ended from outside")
    return replace(refused(task.file, task.file_sha256, why), is_bug=True)
