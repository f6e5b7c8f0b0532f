"""Clusters, and folders for them."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from portal.postgres import Cluster, find_bin


@pytest.fixture
def cluster_at() -> Iterator[Callable[[Path], Cluster]]:
    """Clusters for tests, stopped whatever happens."""
    with ExitStack() as stack:

        def make(home: Path) -> Cluster:
            cluster = Cluster(home, durable=False)
            stack.callback(cluster.stop)
            return cluster

        yield make


@pytest.fixture(scope="session")
def used_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose cluster is set up and stopped; only to be copied."""
    home = tmp_path_factory.mktemp("used-before")
    with Cluster(home, durable=False):
        return home


@pytest.fixture
def home(tmp_path: Path, used_before: Path) -> Path:
    """A copy of a used home: quicker than setting a cluster up."""
    return shutil.copytree(used_before, tmp_path / "home")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("shared"), durable=False) as cluster:
        yield cluster


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account may enter; pytest's own are private."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def open_programs(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL where every account reaches it, wherever the virtual environment stands."""
    programs = find_bin()
    if programs.parent.name == "pginstall":
        package = programs.parents[1]
        for source in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(source, open_folder / source.name)
        programs = open_folder / package.name / "pginstall/bin"
    monkeypatch.setenv("PORTAL_POSTGRES_BIN", str(programs))
