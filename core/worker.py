"""What comes after the setup: the commands that run the Lightly Worker, and a first look with LightlyStudio. Pure.

Everything that is filled in is quoted: no name steers the shell or Python, and no line holds a secret.
"""

from __future__ import annotations

import shlex

from .dataset import Dataset, Purpose
from .lightly.rules import DEFAULT_PLATFORM_URL
from .needs import InputType

__all__ = ["studio_snippet", "worker_commands"]

_IMAGE = "lightly/worker:latest"
_STUDIO = {
    InputType.IMAGES: ("ImageDataset", "add_images_from_path"),
    InputType.VIDEOS: ("VideoDataset", "add_videos_from_path"),
}


def worker_commands(
    *, dataset_id: str | None, platform_url: str, kms_key_arn: str | None, restricted: bool, worker_id: str | None
) -> tuple[str, ...]:
    """Write the lines for a shell (bash or zsh) that try the Lightly Worker's container, and then run it.

    The token is asked for where LIGHTLY_TOKEN is not set, unseen, and goes to the container by the environment: in no
    command line, and in no history. It is asked in a subshell, which also keeps the shell from taking the lines that
    are pasted after it for the token. So is the worker's ID where `worker_id` is None.
    """
    run = [*("docker", "run", "--shm-size=1024m", "--gpus", "all", "--rm", "-it", "-e", "LIGHTLY_TOKEN")]
    run += ["-e", "LIGHTLY_WORKER_ID" if worker_id is None else f"LIGHTLY_WORKER_ID={worker_id}"]
    if platform_url != DEFAULT_PLATFORM_URL:
        run += ["-e", f"LIGHTLY_SERVER_LOCATION={platform_url}"]
    run.append(_IMAGE)
    return (
        *_remarks(dataset_id, kms_key_arn, restricted=restricted),
        f"docker pull {_IMAGE}",
        "(",
        *_asking("LIGHTLY_TOKEN", "Lightly token, which is not shown", "-rs"),
        *(_asking("LIGHTLY_WORKER_ID", "ID of the worker", "-r") if worker_id is None else ()),
        f"  {shlex.join([*run, 'sanity_check=True'])} &&",
        f"  {shlex.join([*run, 'datasource.bypass_verify=True'] if restricted else run)}",
        ")",
    )


def _remarks(dataset_id: str | None, kms_key_arn: str | None, *, restricted: bool) -> tuple[str, ...]:
    """Say what the commands do not; in words that every shell leaves alone, even where it knows no comments."""
    of_which = f" {dataset_id}" if dataset_id else ""
    lines = [f"The Worker waits for runs, such as those of the dataset{of_which}. It needs Docker and a GPU of NVIDIA."]
    if kms_key_arn:
        lines.append(f"Lightly tells it to encrypt with the key {kms_key_arn} what it stores.")
    if restricted:
        lines.append("Run it inside of the IP range or VPC that may read the bucket.")
        lines.append("Lightly is outside of it, so bypass_verify=True leaves out what Lightly would try first.")
    return tuple(f"# {_plain(line)}" for line in lines)


def _plain(text: str) -> str:
    """Replace whatever a shell could take for more than a letter of a comment."""
    return "".join(each if each.isalnum() or each in " .,:/=_-" else "_" for each in text)


def _asking(variable: str, what: str, how: str) -> tuple[str, ...]:
    ask = f"printf '%s: ' {shlex.quote(what)}; read {how} {variable}; echo"
    return f'  [ -n "${{{variable}:-}}" ] || {{ {ask}; }}', f"  export {variable}"


def studio_snippet(dataset: Dataset) -> tuple[str, ...]:
    """Write the lines of Python that show the input with LightlyStudio, which needs List and Read only.

    It finds the credentials where AWS's own tools find them: a profile, or the environment. Source: LightlyStudio's
    documentation, cloud storage.
    """
    source = min(dataset.datasources, key=lambda each: each.purpose is Purpose.LIGHTLY)  # the input, where there is one
    kind, add = _STUDIO[dataset.needs.input_type]
    return (
        '# pip install "lightly-studio[cloud-storage]"',
        "import lightly_studio as ls",
        "",
        f"dataset = ls.{kind}.load_or_create(name={dataset.name!a})",
        f"dataset.{add}(path={source.location.uri!a})",
        "ls.start_gui()",
    )
