"""Signed notes and checkpoints: the C2SP form, and what is refused."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from pipelines.transparency.checkpoint import Checkpoint, open_checkpoint, read_text
from pipelines.transparency.merkle import EMPTY_ROOT
from pipelines.transparency.note import (
    BadNote,
    Verifier,
    opened,
    parse,
    raw_public,
    read_vkey,
    signed,
)

VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBw"
    "JnAM=\n"
)  # fmt: skip
"""The example of Go's sumdb/note, an implementation of the same format by others."""


def key(name: str = "log.example/vigil") -> tuple[Ed25519PrivateKey, Verifier]:
    """A fresh key under a name."""
    private = Ed25519PrivateKey.generate()
    return private, Verifier(name=name, public=raw_public(private.public_key()))


def test_a_note_that_others_signed() -> None:
    """Their key and signature are read, and refused when a letter of the text changes."""
    verifier = read_vkey(VKEY)
    assert verifier.vkey == VKEY
    text, signers = opened(NOTE.encode(), [verifier])
    assert text.startswith("If you think")
    assert signers == (verifier,)
    with pytest.raises(BadNote, match="is wrong"):
        opened(NOTE.replace("answer", "Answer").encode(), [verifier])


def test_several_signatures() -> None:
    """Each known key is checked, unknown ones are passed over, one that lies spoils the note."""
    (one, known), (other, stranger) = key(), key()
    text = "a\n\nb\n"
    note = signed(text, (known, one.sign(text.encode())), (stranger, other.sign(text.encode())))
    assert opened(note, [known]) == (text, (known,))
    assert opened(note, [known, stranger])[1] == (known, stranger)
    with pytest.raises(BadNote, match="no key of ours"):
        opened(note, [key()[1]])
    forged = signed(text, (known, one.sign(text.encode())), (stranger, one.sign(text.encode())))
    assert opened(forged, [known])[1] == (known,)
    with pytest.raises(BadNote, match="is wrong"):
        opened(forged, [known, stranger])


@pytest.mark.parametrize("broken", [
    b"", b"a\n", b"a\n\n", b"a\n\n- x AAAAAAAA\n", "a\n\n— x !!!!\n".encode(),
    "a\n\n— x AAAA\n".encode(), "a\n\n— x+y AAAAAAAA\n".encode(), "a\n\n— x AAAAAAAA".encode(),
    b"\xff\n\n", "a\r\n\n— x AAAAAAAA\n".encode(), b"x" * (2 << 20),
])  # fmt: skip
def test_what_is_no_note(broken: bytes) -> None:
    """Broken notes are refused, not guessed at."""
    with pytest.raises(BadNote):
        parse(broken)


@pytest.mark.parametrize("broken", ["", "a+b", "a+00000000+AA==", VKEY.replace("c7", "c8"),
                                    VKEY[:-4], VKEY.replace("ARpc", "Arpc")])  # fmt: skip
def test_what_is_no_verifier_key(broken: str) -> None:
    """Broken keys are refused."""
    with pytest.raises(BadNote):
        read_vkey(broken)


@given(st.integers(0, 2**62), st.binary(min_size=32, max_size=32), st.none() | st.integers(0))
def test_checkpoints_read_back(size: int, root: bytes, at_ms: int | None) -> None:
    """Whatever its figures, a checkpoint is read as it was written."""
    head = Checkpoint(origin="log.example/vigil", size=size, root=root, at_ms=at_ms)
    assert read_text(head.text()) == head


def test_the_specifications_checkpoint() -> None:
    """The text of the example in c2sp.org/tlog-checkpoint."""
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    head = read_text(text)
    assert (head.origin, head.size, head.at_ms) == ("example.com/behind-the-sofa", 20852163, None)
    assert head.text() == text
    assert read_text(text + "something else\n").size == 20852163


ROOT = base64.b64encode(EMPTY_ROOT).decode()


@pytest.mark.parametrize("text", [
    "a\n1\n", f"a\n01\n{ROOT}\n", f"a\n-1\n{ROOT}\n", f"\n1\n{ROOT}\n", "a\n1\nAAAA\n",
    f"a\n1\n{ROOT}\n\n", f"a\n1\n{ROOT[:-1]}\n", f"a\n1\n{ROOT}",
])  # fmt: skip
def test_what_is_no_checkpoint(text: str) -> None:
    """A signed text that is no checkpoint is refused."""
    with pytest.raises(BadNote):
        read_text(text)


def test_a_checkpoint_of_another_log_is_refused() -> None:
    """The same key under another name is another key."""
    private, verifier = key()
    text = Checkpoint(origin=verifier.name, size=0, root=EMPTY_ROOT).text()
    note = signed(text, (verifier, private.sign(text.encode())))
    assert open_checkpoint(note, [verifier]).checkpoint.size == 0
    with pytest.raises(BadNote, match="no key of ours"):
        open_checkpoint(note, [Verifier(name="other.example", public=verifier.public)])


def test_what_cannot_be_signed() -> None:
    """A text without its newline, control characters, and names with spaces or plus."""
    private, verifier = key()
    with pytest.raises(ValueError, match="newline"):
        signed("a", (verifier, private.sign(b"a")))
    with pytest.raises(ValueError, match="newline"):
        signed("a\t\n", (verifier, private.sign(b"a")))
    with pytest.raises(ValueError, match="cannot name"):
        signed("a\n", (Verifier(name="a b", public=verifier.public), b"x" * 64))
