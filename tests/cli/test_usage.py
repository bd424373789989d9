import pytest


@pytest.mark.parametrize(
    ("arguments", "what", "fix"),
    [
        (("unheard-of",), "no such command 'unheard-of'", "cyclegan-tf --help lists what can be given"),
        (("fitt",), "no such command 'fitt'", "did you mean 'fit'?"),
        (("--unheard-of",), "no such option: --unheard-of", "cyclegan-tf --help lists what can be given"),
        (("fit", "--progres", "json"), "no such option: --progres", "did you mean --progress?"),
        (("video", "a.mp4"), "missing argument 'OUT'", "cyclegan-tf video --help lists what can be given"),
        (
            ("export", "o", "--direction", "x"),
            "invalid value for '--direction': 'x' is not one of 'ab', 'ba'",
            "cyclegan-tf export --help lists what can be given",
        ),
        (("info", "a", "b"), "unexpected argument (b)", "cyclegan-tf info --help lists what can be given"),
    ],
    ids=["command", "misspelt_command", "option", "misspelt_option", "missing", "choice", "extra"],
)
def test_a_command_line_that_makes_no_sense_is_said_as_every_error(command, arguments, what, fix):
    result = command(*arguments)
    assert result.exit_code == 2
    assert result.stderr == f"error: {what}\nfix: {fix}\n"
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "old", "new"),
    [
        (("image", "IN", "OUT", "--tile", "32"), "--tile", "--strip-rows"),
        (("video", "IN", "OUT", "--tile=32"), "--tile", "--strip-rows"),
        (("video", "IN", "OUT", "--preset", "slow"), "--preset", "--encoder-preset"),
        (("fit", "DATA", "--init", "MODEL"), "--init", "--start-from"),
        (("fit", "DATA", "--fresh"), "--fresh", "--overwrite"),
    ],
)
def test_a_former_option_is_refused_with_its_new_name(command, arguments, old, new):
    result = command(*arguments)
    assert result.exit_code == 2
    assert result.stderr == f"error: no such option: {old}\nfix: {old} was renamed: give {new}\n"


@pytest.mark.parametrize(
    ("arguments", "usage"),
    [
        (("image", "MODEL", "IN", "OUT"), "image IN OUT --model MODEL"),
        (("export", "MODEL", "OUT"), "export OUT --model MODEL"),
    ],
)
def test_a_model_in_the_first_place_is_refused_with_the_order_of_now(command, arguments, usage):
    result = command(*arguments)
    assert result.exit_code == 2
    assert result.stderr == (
        f"error: unexpected argument (OUT)\nfix: the model is an option: cyclegan-tf {usage}\n"
    )


def test_without_a_command_there_is_help(command):
    result = command()
    assert result.exit_code == 2
    assert "check-data" in result.stdout
