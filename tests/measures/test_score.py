import json
import math

from cyclegan_tf.measures.score import LABELS, Score


def test_a_score_says_only_what_it_has():
    assert Score("cycle_l1", 5.5, "lower", 3, "grey levels").to_dict() == {
        "name": "cycle_l1",
        "value": 5.5,
        "better": "lower",
        "num_translated": 3,
        "unit": "grey levels",
    }


def test_the_key_names_the_network_so_that_two_networks_are_never_one_curve():
    assert Score("kid", 0.1, "lower", 3, network="efficientnet-lite0").key == "kid/efficientnet-lite0"
    assert Score("cycle_l1", 5.5, "lower", 3).key == "cycle_l1"


def test_an_infinite_value_stays_valid_json():
    fields = Score("psnr", math.inf, "higher", 1).to_dict()
    assert fields["value"] is None and json.dumps(fields, allow_nan=False)


def test_the_cells_of_a_table_show_error_counts_and_dependence():
    score = Score("kid", 0.1234, "lower", 3, num_real=4, standard_error=0.01, network="n", independent=False)
    assert score.cells() == (LABELS["kid"], "0.1234 ± 0.01", "3 pictures, 4 real; n; not independent")
