"""The examples of deploy/ for training, as far as they can be run without a cluster.

The commands around ours are stood in for by scripts that say what they were called with.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from cyclegan_tf.training.hosts import find_hosts

DEPLOY = Path(__file__).parents[1] / "deploy"
SAY = '#!/bin/bash\nprintf "%s\\n" "$TF_CONFIG" "$@" > "$SAID"\nexit ${EXIT_CODE:-0}\n'


@pytest.fixture
def run(tmp_path):
    """Runs a script in which cyclegan-tf writes down its arguments: run(bash arguments, variables)."""
    for name, text in {
        "cyclegan-tf": SAY,
        "srun": '#!/bin/bash\nshift\nexec "$@"\n',
        "scontrol": '#!/bin/bash\necho "$@" > requeued\n',
    }.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)

    def run(*arguments, **variables):
        path = f"{tmp_path}:{os.environ['PATH']}"
        variables = {"PATH": path, "SAID": str(tmp_path / "said"), **variables}
        code = subprocess.run(["bash", *arguments], env=variables, cwd=tmp_path, timeout=30).returncode
        cluster, *words = (tmp_path / "said").read_text().splitlines()
        return code, cluster, words

    return run


@pytest.fixture
def accepts(command, monkeypatch):
    """Returns the configuration that the command line makes of words, as far as before the training."""
    from cyclegan_tf.models.run import Run
    from cyclegan_tf.training import fit as training

    given = {}

    def fit(config, **options):
        given.update(options, config=config)
        return Run(Path(config.output.folder) / config.name)

    def accepted(words):
        monkeypatch.setattr(training, "fit", fit)
        monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "1")
        for name, value in {"NODELIST": "one", "TASKS_PER_NODE": "1"}.items():
            monkeypatch.setenv(f"SLURM_STEP_{name}", value)
        monkeypatch.setenv("SLURM_PROCID", "0")
        result = command(*words)
        assert result.exit_code == 0, result.output
        return given

    return accepted


def manifests():
    return list(YAML(typ="safe", pure=True).load_all((DEPLOY / "kubernetes" / "train.yaml").read_text()))


def container():
    (found,) = manifests()[1]["spec"]["template"]["spec"]["containers"]
    return found


def variables_of_the_pod(index, **others):
    own = {entry["name"]: entry["value"] for entry in container()["env"]}
    return {**own, "JOB_COMPLETION_INDEX": str(index), **others}


def script_of_the_pod():
    assert container()["command"] == ["bash", "-c"]
    return "-c", *container()["args"]


@pytest.mark.parametrize("index", [0, 1])
def test_each_pod_knows_all_and_which_it_is(run, monkeypatch, index):
    code, cluster, _ = run(*script_of_the_pod(), **variables_of_the_pod(index))
    monkeypatch.setenv("TF_CONFIG", cluster)
    hosts, job = find_hosts("auto"), manifests()[1]["spec"]
    assert code == 0
    assert (hosts.count, hosts.number) == (job["completions"], index)
    assert job["parallelism"] == job["completions"]


def test_the_names_of_the_pods_are_those_that_the_service_gives_them(run):
    _, cluster, _ = run(*script_of_the_pod(), **variables_of_the_pod(0))
    service, job = manifests()
    template = job["spec"]["template"]["spec"]
    assert service["spec"]["clusterIP"] == "None"
    assert service["spec"]["selector"] == {"job-name": job["metadata"]["name"]}
    assert template["subdomain"] == service["metadata"]["name"]
    # The host name of a pod of an indexed job is the job's name and its index.
    expected = [f"{job['metadata']['name']}-{n}.{template['subdomain']}:2222" for n in range(2)]
    assert json.loads(cluster)["cluster"]["worker"] == expected
    assert service["spec"]["ports"] == [{"port": 2222}]


def test_what_a_pod_mounts_is_there():
    template = manifests()[1]["spec"]["template"]["spec"]
    mounted = {mount["name"] for mount in container()["volumeMounts"]}
    assert mounted == {volume["name"] for volume in template["volumes"]}


@pytest.mark.parametrize(("saved", "mode"), [(False, "--overwrite"), (True, "--resume")])
def test_a_pod_goes_on_where_there_is_a_checkpoint(run, tmp_path, saved, mode):
    if saved:
        (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    _, _, words = run(*script_of_the_pod(), **variables_of_the_pod(0, RUNS=str(tmp_path)))
    assert words[-1] == mode


def test_the_command_line_takes_what_a_pod_gives_it(run, accepts):
    _, _, words = run(*script_of_the_pod(), **variables_of_the_pod(0))
    given = accepts(words)
    assert (given["config"].train.devices, given["overwrite"]) == ("all", True)
    assert (given["config"].output.folder, given["config"].name) == ("/runs", "run")


@pytest.mark.parametrize(("saved", "mode"), [(False, "--overwrite"), (True, "--resume")])
def test_a_job_of_slurm_goes_on_where_there_is_a_checkpoint(run, tmp_path, saved, mode):
    if saved:
        (tmp_path / "runs" / "horses" / "checkpoints").mkdir(parents=True)
    code, _, words = run(str(DEPLOY / "slurm" / "train.sbatch"), DATA="/data", NAME="horses")
    assert (code, words[-1]) == (0, mode)


def test_the_command_line_takes_what_a_job_of_slurm_gives_it(run, accepts):
    _, _, words = run(str(DEPLOY / "slurm" / "train.sbatch"), DATA="/data")
    given = accepts(words)
    assert (given["config"].train.hosts, given["config"].train.devices) == ("slurm", "all")


@pytest.mark.parametrize(("code", "requeued"), [(138, True), (8, False), (0, False)])
def test_a_job_of_slurm_that_ran_out_of_time_is_queued_again(run, tmp_path, code, requeued):
    script = str(DEPLOY / "slurm" / "train.sbatch")
    found, *_ = run(script, DATA="/data", EXIT_CODE=str(code), SLURM_JOB_ID="17")
    assert found == code
    assert (tmp_path / "requeued").exists() == requeued
