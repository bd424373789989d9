"""Export a model to every format, and time each export against TensorFlow on one picture at a time.

    python benchmarks/export_formats.py MODEL PICTURES

The differences are those that the verification of each export measured. The times are medians of alternating
calls in one process, so a machine that slows down slows both sides. int8 has the size of the timed picture.
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Annotated

import numpy as np
import typer

from cyclegan_tf.exporters.formats import FORMATS
from cyclegan_tf.system.tensorflow import import_tensorflow


def main(
    model: Annotated[Path, typer.Argument(help="Model folder.")],
    pictures: Annotated[Path, typer.Argument(help="Folder of pictures.")],
    names: Annotated[list[str] | None, typer.Option("--format", help="Only this one.")] = None,
    side: Annotated[int, typer.Option(help="Height and width of the timed picture.")] = 256,
    turns: Annotated[int, typer.Option(help="Calls of each.")] = 15,
) -> None:
    """Print one table."""
    import_tensorflow()
    from cyclegan_tf.exporters.exporting import export_model
    from cyclegan_tf.exporters.pictures import crop_or_pad, read_pictures
    from cyclegan_tf.inference.translator import Translator

    translate = Translator.load(model, strip_rows=0)
    picture = crop_or_pad(read_pictures(pictures, 3).compared[0], (side, side))[np.newaxis]
    print("| format | MB | largest | mean | PSNR, dB | ms a frame | TensorFlow, ms | ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name in names or FORMATS:
        with tempfile.TemporaryDirectory() as folder:
            chosen = FORMATS[name]
            target = Path(folder, "export" if chosen.is_folder else f"export{chosen.marker}")
            size = (side, side) if chosen.needs_pictures else None
            report = export_model(model, target, format=name, pictures=pictures, size=size)
            ours, theirs = _times(_runner(name, target, picture), lambda: translate(picture), turns)
        decibels = "equal" if report.decibels is None else f"{report.decibels:.1f}"
        print(
            f"| {name} | {report.size_bytes / 1e6:.1f} | {report.largest_difference} | "
            f"{report.mean_difference:.4f} | {decibels} | {ours:.0f} | {theirs:.0f} | {ours / theirs:.2f} |",
            flush=True,
        )


def _times(export: Callable, live: Callable, turns: int) -> tuple[float, float]:
    """Return the median milliseconds of both."""
    taken = {export: [], live: []}
    for turn in range(turns + 2):
        for side in (export, live):
            start = time.perf_counter()
            side()
            # The first two calls warm up.
            if turn > 1:
                taken[side].append(1000 * (time.perf_counter() - start))
    return median(taken[export]), median(taken[live])


def _runner(name: str, path: Path, picture: np.ndarray) -> Callable:
    """Return a call that translates the picture with an export."""
    if name == "openvino":
        import openvino

        settings = {"INFERENCE_PRECISION_HINT": "f32"}
        compiled = openvino.Core().compile_model(path / "generator.xml", "CPU", settings)
        return lambda: compiled({"image": picture})
    if name == "onnx":
        import onnxruntime

        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        return lambda: session.run(["translated"], {"image": picture})
    if name == "keras":
        return _keras_runner(path, picture)
    import tensorflow as tf

    if name == "saved_model":
        serve = tf.saved_model.load(path).signatures["serving_default"]
        return lambda: serve(image=tf.constant(picture))["translated"].numpy()
    # LiteRT's default is one thread; the other runtimes use every processor.
    interpreter = tf.lite.Interpreter(str(path), num_threads=os.cpu_count())
    interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], picture.shape)
    translate = interpreter.get_signature_runner()
    return lambda: translate(image=picture)


def _keras_runner(path: Path, picture: np.ndarray) -> Callable:
    import keras
    import tensorflow as tf

    generator = tf.function(keras.saving.load_model(path))
    return lambda: generator(tf.constant(picture, tf.float32) / 127.5 - 1).numpy()


if __name__ == "__main__":
    typer.run(main)
