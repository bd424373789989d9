"""Picture files on a cluster, a few at a time."""

from collections.abc import Iterator

from cyclegan_tf.cluster.cluster import Cluster, result_of
from cyclegan_tf.cluster.options import ClusterOptions
from cyclegan_tf.cluster.pool import groups_of
from cyclegan_tf.cluster.worker import ModelRequest
from cyclegan_tf.errors import UsageError
from cyclegan_tf.inference.outcomes import Outcome, PicturesReport
from cyclegan_tf.inference.pictures import PicturePlan, collect_outcomes, plan_for_model

# A worker that dies loses what it had; asking for each picture by itself costs a few milliseconds each.
PICTURES_OF_A_TASK = 8


def check_pictures(plan: PicturePlan, transfer: str) -> None:
    """Check that a plan can be carried out on a cluster.

    Raises:
        UsageError: a contact sheet is asked for, or files would have to be sent.
    """
    if plan.options.compare == "sheet":
        raise UsageError(
            "a contact sheet is not made on a cluster",
            detail="its pictures are on several machines",
            fix="give --compare pairs, or leave --ray out",
        )
    if transfer != "shared":
        raise UsageError(
            f"pictures are not sent to a cluster: --ray-transfer {transfer}",
            detail="workers read and write picture files themselves",
            fix="put them on a file system that all machines share, and leave --ray-transfer out",
        )


def translate_pictures_on(
    options: ClusterOptions, plan: PicturePlan, model: ModelRequest, progress: str = "none"
) -> PicturesReport:
    """Translate the pictures of a plan on a cluster; see `cyclegan_tf.inference.pictures.translate_pictures`.

    Args:
        options: of the cluster.
        plan: with absolute paths.
        model: with an absolute path.
        progress: as of `translate_pictures`.

    Raises:
        UsageError: a contact sheet is asked for, or files would have to be sent; or as of `Cluster`.
        UserError: as of `translate_pictures`.
    """
    check_pictures(plan, options.transfer)
    with Cluster(options, model) as cluster:
        plan = plan_for_model(plan, cluster.model.is_masked, cluster.model.output_channels)
        return PicturesReport(collect_outcomes(plan, _outcomes(cluster, plan), progress), None)


def _outcomes(cluster: Cluster, plan: PicturePlan) -> Iterator[Outcome]:
    tasks = cluster.pool.run(
        lambda worker, pairs: worker.translate_pictures.remote(pairs, plan.options).future(),
        groups_of(plan.pairs.pairs, PICTURES_OF_A_TASK),
    )
    for _, task in tasks:
        yield from result_of(task)
