"""The image and the cluster's file: what can be said of them where neither Docker nor a cluster is."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
CLUSTER = ROOT / "deploy" / "ray" / "cluster.yaml"


def instructions(name):
    """The arguments of every instruction of the Dockerfile of that name; lines that go on are one."""
    whole = DOCKERFILE.replace("\\\n", " ")
    return [
        line.removeprefix(f"{name} ").strip() for line in whole.splitlines() if line.startswith(f"{name} ")
    ]


def copied():
    return [word for line in instructions("COPY") for word in line.split()[:-1]]


def test_every_instruction_is_one_of_docker():
    known = {"ARG", "FROM", "WORKDIR", "COPY", "RUN", "USER", "ENTRYPOINT", "CMD"}
    whole = re.sub(r"^#.*\n", "", DOCKERFILE.replace("\\\n", " "), flags=re.MULTILINE)
    assert {line.split()[0] for line in whole.splitlines() if line.strip()} <= known


@pytest.mark.parametrize("path", copied())
def test_what_is_copied_is_there_and_not_ignored(path):
    assert (ROOT / path).exists()
    assert f"!{path}" in (ROOT / ".dockerignore").read_text().splitlines()


def test_the_package_is_built_of_what_is_copied():
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = build["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *wheel["force-include"], build["project"]["readme"], "pyproject.toml"}
    assert needed | set(build["project"]["license-files"]) <= set(copied())


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_each_device_names_extras_that_exist(device):
    (extras,) = re.findall(rf"{device}\) extras=([\w,]+)", DOCKERFILE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(extras.split(",")) <= set(project["optional-dependencies"])
    assert "ray" in extras.split(",")


def test_the_python_of_the_image_is_supported():
    (version,) = re.findall(r"^ARG PYTHON=3\.(\d+)$", DOCKERFILE, re.MULTILINE)
    assert 11 <= int(version) <= 13


def test_nothing_runs_as_root():
    order = [line.split()[0] for line in DOCKERFILE.splitlines() if line.startswith(("USER", "ENTRYPOINT"))]
    assert order == ["USER", "ENTRYPOINT"]


def test_the_commands_of_the_image_are_lists_as_docker_wants_them():
    assert json.loads(instructions("ENTRYPOINT")[0]) == ["cyclegan-tf"]
    assert json.loads(instructions("CMD")[0]) == ["--help"]


def test_the_cluster_file_is_what_ray_takes():
    import jsonschema
    import ray

    schema = Path(ray.__file__).parent / "autoscaler" / "ray-schema.json"
    jsonschema.validate(YAML(typ="safe").load(CLUSTER), json.loads(schema.read_text()))


def test_the_clusters_machines_share_the_clips_and_start_no_work_on_the_head():
    cluster = YAML(typ="safe").load(CLUSTER)
    assert cluster["max_workers"] == len(cluster["provider"]["worker_ips"])
    assert any(option.startswith("--volume=/clips:") for option in cluster["docker"]["run_options"])
    assert "--num-cpus=0" in cluster["head_start_ray_commands"][-1]
