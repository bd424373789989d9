"""Who may import whom: the architecture, as tests."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cyclegan_tf

PACKAGE = Path(cyclegan_tf.__file__).parent

# A module imports only from the lines above its own. A new module gets a place here.
LAYERS = (
    "errors config_rules data_order data_report demo_scenes evaluation evaluation.psnr guard history_buffer "
    "exif image_grid layers levels losses memory optimizers picture_traits progress quiet ranges schedules "
    "tiff_bands tiff_writing",
    "config_schema wide_levels",
    "disk shell yaml_loader config_messages image_folders image_opening preprocess precision networks "
    "run_folder tfds weights demo_data band_files layer_graph layer_rows norm_statistics",
    "config run_lock cyclegan wide_colour padding picture_functions scratch",
    "files images run_config building cost strips generator_layers",
    "picture_file callbacks checkpoint_files model_folder run_log stopping large_pictures "
    "picture_parts picture_writing",
    "picture_store picture_survey checkpoint translate initial importers importers.stored "
    "exporters exporters.formats exporters.graph exporters.pictures picture_pairs picture_comparison",
    "data clip picture_translation model_info "
    "exporters.proof exporters.saved_model exporters.keras_file exporters.onnx_file "
    "exporters.openvino_folder exporters.litert_file importers.pickle_stream importers.hdf5_file "
    "importers.tensorflow_checkpoint "
    "importers.modules",
    "loading resuming export importers.torch_tensors importers.pairing",
    "check_data training importers.torch_file importers.matching",
    "plan demo cli_options importers.formats importers.networks_in_file",
    "video_command importers.importing image_command",
    "cli_video cli_import cli_export cli_image cli_info",
    "cli",
)
LAYER_OF = {module: number for number, line in enumerate(LAYERS) for module in line.split()}
# Everything else takes plain arguments.
SEE_A_CONFIG = {
    *("config", "config_messages", "run_config", "building", "loading", "resuming"),
    *("check_data", "training", "plan", "demo"),
}
SEE_VIDEO = {"clip", "demo", "cli_video", "video_command"}
WITHOUT_TENSORFLOW = (
    "checkpoint_files",
    "cli",
    "cli_export",
    "cli_image",
    "cli_import",
    "cli_info",
    "cli_video",
    "image_command",
    "video_command",
    "config",
    "data",
    "errors",
    "files",
    "images",
    "progress",
    "run_config",
    "run_folder",
)


def module_name(path):
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_name(path): path for path in PACKAGE.rglob("*.py")}
MODULES.pop("__init__")


def imported_by(module):
    """Every module of ours that a module imports anywhere in its text, and "video" for that package."""
    names = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    ours = {name.removeprefix("cyclegan_tf.") for name in names if name.startswith("cyclegan_tf.")}
    return {name for name in ours if name in MODULES} | ({"video"} & {name.split(".")[0] for name in names})


def test_every_module_has_a_place_in_the_table():
    assert set(LAYER_OF) == set(MODULES)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_imports_only_from_the_layers_below_it(module):
    imported = imported_by(module) - {"video"}
    assert not {name for name in imported if LAYER_OF[name] >= LAYER_OF[module]}


def test_only_the_modules_that_assemble_things_see_a_configuration():
    config = {"config", "config_schema"}
    assert {name for name in MODULES if imported_by(name) & config} == SEE_A_CONFIG


def test_only_the_entry_points_know_the_video_package():
    assert {name for name in MODULES if "video" in imported_by(name)} == SEE_VIDEO


@pytest.mark.parametrize("module", WITHOUT_TENSORFLOW)
def test_importing_it_leaves_tensorflow_and_keras_alone(module):
    script = f"import sys, cyclegan_tf.{module}; print(sorted({{'tensorflow', 'keras'}} & set(sys.modules)))"
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"


@pytest.mark.parametrize("name", cyclegan_tf.__all__)
def test_every_public_name_can_be_had_from_the_package(name):
    assert getattr(cyclegan_tf, name) is not None


def test_an_unknown_name_of_the_package_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'generator'"):
        _ = cyclegan_tf.generator
