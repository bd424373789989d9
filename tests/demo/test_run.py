import numpy as np
import pytest
from PIL import Image

from cyclegan_tf.config.loading import load_config
from cyclegan_tf.demo import run as demo
from cyclegan_tf.demo.run import GRID_ROWS, MARKER_FILE, prepare_folder, run_demo, score_held_out
from cyclegan_tf.errors import OutputError
from cyclegan_tf.measures.psnr import psnr

pytestmark = pytest.mark.usefixtures("shallow_generators")


def swap(pictures):
    """The true translation of the pictures of `held_out`, in both directions."""
    return 255 - pictures


@pytest.fixture(scope="module")
def held_out(tmp_path_factory):
    """Seven pictures and their true translations, smaller than those of the demo."""
    folder = tmp_path_factory.mktemp("data")
    for domain in ("testA", "testB"):
        (folder / domain).mkdir()
    for index, picture in enumerate(
        np.random.default_rng(0).integers(0, 256, (7, 16, 16, 3), dtype=np.uint8)
    ):
        Image.fromarray(picture).save(folder / "testA" / f"{index}.png")
        Image.fromarray(swap(picture)).save(folder / "testB" / f"{index}.png")
    return folder


@pytest.fixture(scope="module")
def scored(held_out, shallow_generators):
    """Scores and grid of a perfect translator and of one that changes nothing."""
    config = load_config("demo", ["model.generator_width=2"])
    translators = {"ab": lambda pictures: pictures, "ba": swap}
    return score_held_out(held_out, translators, config)


def test_a_missing_folder_is_created_with_its_parents(tmp_path):
    prepare_folder(tmp_path / "new" / "demo")
    assert (tmp_path / "new" / "demo" / MARKER_FILE).is_file()


def test_an_empty_folder_is_accepted(tmp_path):
    prepare_folder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [MARKER_FILE]


def test_the_output_of_an_earlier_demo_is_replaced(tmp_path):
    folder = tmp_path / "demo"
    prepare_folder(folder)
    (folder / "run").mkdir()
    (folder / "run" / "half").touch()
    prepare_folder(folder)
    assert [path.name for path in folder.iterdir()] == [MARKER_FILE]


def test_a_folder_of_somebody_else_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputError, match="not an empty folder") as caught:
        prepare_folder(tmp_path)
    assert MARKER_FILE in caught.value.detail
    assert caught.value.fix
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "demo").write_text("mine")
    with pytest.raises(OutputError, match="not an empty folder"):
        prepare_folder(tmp_path / "demo")
    assert (tmp_path / "demo").read_text() == "mine"


def test_a_folder_that_cannot_be_created_is_an_output_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write: .*file/demo"):
        prepare_folder(tmp_path / "file" / "demo")


def test_the_demo_checks_its_folder_before_anything_else(tmp_path):
    (tmp_path / "mine").touch()
    said = []
    with pytest.raises(OutputError):
        run_demo(tmp_path, said.append)
    assert said == []


def test_a_perfect_translator_scores_infinitely(scored):
    scores, _ = scored
    assert scores["ba"].after == np.inf


def test_doing_nothing_scores_what_the_input_scores(scored):
    scores, _ = scored
    assert scores["ab"].after == scores["ab"].unchanged
    assert np.isfinite(scores["ab"].unchanged)


def test_the_generator_before_training_has_the_initial_weights_of_the_run(scored, held_out):
    import keras

    from cyclegan_tf.inference.translator import PictureTranslator
    from cyclegan_tf.training.building import build_model

    scores, _ = scored
    config = load_config("demo", ["model.generator_width=2", "train.precision=float32"])
    keras.utils.set_random_seed(config.train.seed)
    model = build_model(config, 1, (16, 16))
    summer, winter = demo._read_all(held_out / "testA"), demo._read_all(held_out / "testB")
    translated = PictureTranslator(model.generator_ab, model.spec_ab).serve(summer).numpy()
    assert scores["ab"].before == pytest.approx(psnr(translated, winter))


def test_the_grid_shows_some_of_the_held_out_pictures_in_both_directions(scored):
    _, grid = scored
    assert grid.dtype == np.uint8
    assert grid.shape[0] > GRID_ROWS * 16 * demo.GRID_SCALE
    assert grid.shape[1] >= len(demo.GRID_LABELS) * 16 * demo.GRID_SCALE
