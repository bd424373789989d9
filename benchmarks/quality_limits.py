"""The scores of pictures that no model touched: what a perfect model would get, and one that does nothing.

    python benchmarks/quality_limits.py DATA --size 128x128 --expect zebra --expect-ba sorrel

For each direction: the training pictures of the target domain against its test pictures, and the test
pictures of the source domain as they are.
"""

import argparse

from cyclegan_tf.config.loading import load_config
from cyclegan_tf.data.loading import find_pictures
from cyclegan_tf.data.picture_set import fit_to, read_picture_set
from cyclegan_tf.evaluation.classes import parse_classes
from cyclegan_tf.images.sizes import parse_size
from cyclegan_tf.measures.direction import Judge, judge_translations, share_score
from cyclegan_tf.measures.feature_networks import load_classifier, load_feature_network


def main():
    """Print one line for each score."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--size", default="256x256")
    parser.add_argument("--features", default="efficientnet-lite0")
    parser.add_argument("--expect")
    parser.add_argument("--expect-ba")
    options = parser.parse_args()
    network, fit = load_feature_network(options.features), fit_to(parse_size(options.size))
    parts = find_pictures(load_config(None, {"data.root": options.data}).data)
    sets = {part: read_picture_set(items, fit) for part, items in parts.items()}
    for way, (source, target) in {"ab": "AB", "ba": "BA"}.items():
        real, expected = sets[f"test{target}"], options.expect if way == "ab" else options.expect_ba
        judge = Judge(network, network.features(real.pixels))
        for part in (f"train{target}", f"test{source}"):
            pictures = sets[part].pixels
            scores = judge_translations(sets[part], pictures, [judge], 0).scores
            if expected:
                classes = parse_classes(expected)
                scores.append(
                    share_score(load_classifier(), pictures, real.pixels, classes, independent=True)
                )
            for score in scores:
                print(way, part, "to", f"test{target}:", *score.cells())


if __name__ == "__main__":
    main()
