"""Who may import whom: the architecture, as tests."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import cyclegan_tf

ROOT = Path(cyclegan_tf.__file__).parents[1]

# A package imports only from those before it, and any package of cyclegan_tf from `video`.
PACKAGES = {
    "video": "core motion colour reading encoding streams assembling pictures pipeline measuring",
    "cyclegan_tf": "errors system images containers networks config models data masking measures reports "
    "training inference cluster importers evaluation exporters demo cli",
}
ORDER = tuple(f"{top}.{package}" for top, packages in PACKAGES.items() for package in [*packages.split(), ""])

WITHOUT_TENSORFLOW = (
    "cli.app",
    "config.loading",
    "data.dataset",
    "data.check",
    "errors",
    "images.reading",
    "inference.pictures",
    "models.run",
    "networks.specs",
    "reports.comparison",
    "reports.run_report",
    "system.progress",
    "training.checkpoint_files",
)


def package_of(module):
    """The package of a module; "video." for the modules at the root of `video`."""
    top, *rest = module.split(".")
    packages = PACKAGES[top].split()
    return f"{top}.{rest[0] if rest and rest[0] in packages else ''}"


def modules():
    for top in PACKAGES:
        for path in sorted((ROOT / top).rglob("*.py")):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path


def imported_by(path):
    """Every module of ours that a module imports anywhere in its text."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (name for name in names if name.split(".")[0] in PACKAGES)


@pytest.mark.parametrize(("module", "path"), list(modules()))
def test_a_package_imports_only_from_those_before_it(module, path):
    place = ORDER.index(package_of(module))
    later = [name for name in imported_by(path) if ORDER.index(package_of(name)) > place]
    assert later == [] or later == ["cyclegan_tf.__version__"]


@pytest.mark.parametrize("top", PACKAGES)
def test_every_folder_has_its_place_in_the_order(top):
    folders = {path.parent.name for path in (ROOT / top).glob("*/__init__.py")}
    assert folders == {package for package in PACKAGES[top].split() if (ROOT / top / package).is_dir()}


def package_imports():
    """Which packages each package imports, but for its own."""
    found = {}
    for module, path in modules():
        for name in imported_by(path):
            if name != "cyclegan_tf.__version__" and package_of(name) != package_of(module):
                found.setdefault(package_of(module), set()).add(package_of(name))
    return found


def without_what_follows(imports):
    """The arrows that do not follow from the others."""

    def reached(package):
        return {two for one in imports.get(package, ()) for two in (one, *reached(one))}

    for package, direct in imports.items():
        for one in direct:
            if not any(one in reached(other) for other in direct - {one}):
                yield package.removesuffix("."), one.removesuffix(".")


def test_the_drawing_of_the_packages_is_the_code():
    """Print drawing() to get the lines for the page."""
    page = (ROOT / "docs" / "ARCHITECTURE.md").read_text()
    assert drawing() in page


def drawing():
    arrows = sorted(without_what_follows(package_imports()))
    return "\n".join(f"  {package} --> {one}" for package, one in arrows)


@pytest.fixture(scope="module")
def heavy_after():
    """What was imported of TensorFlow and Keras after each of WITHOUT_TENSORFLOW, one after the other."""
    script = "import importlib, json, sys\nfound = {}\nfor name in sys.argv[1:]:\n"
    script += "    importlib.import_module('cyclegan_tf.' + name)\n"
    script += "    found[name] = sorted({'tensorflow', 'keras'} & set(sys.modules))\nprint(json.dumps(found))"
    command = [sys.executable, "-c", script, *WITHOUT_TENSORFLOW]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.parametrize("module", WITHOUT_TENSORFLOW)
def test_importing_it_leaves_tensorflow_and_keras_alone(heavy_after, module):
    assert heavy_after[module] == []


@pytest.mark.parametrize("name", cyclegan_tf.__all__)
def test_every_public_name_can_be_had_from_the_package(name):
    assert getattr(cyclegan_tf, name) is not None


def test_an_unknown_name_of_the_package_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'generator'"):
        _ = cyclegan_tf.generator
