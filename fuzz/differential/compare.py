"""Judges the chains that `differential` writes by OpenSSL and by Python's `cryptography`, and explains where they differ.

Usage: compare.py <file of chains> <documentation of the classes>

OpenSSL is the library that the command `openssl verify` calls, called directly, because a process for each chain would take
longer than everything else; a few chains are given to the command too, which must say the same.
"""

import collections
import ctypes
import ctypes.util
import datetime
import ipaddress
import json
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import warnings

import cryptography
from cryptography import x509
from cryptography.x509 import verification

from classes import CLASSES

ACCEPTED = "accepted"

# The class of what they refuse, and accept when they are given no more than the path that we accept.
ANOTHER_PATH = "another-path"

# Each takes some processes.
MOST_BY_COMMAND = 60

# Of what cryptography will refuse in future.
warnings.simplefilter("ignore")


# OpenSSL.

def load_openssl():
    library = ctypes.CDLL(ctypes.util.find_library("crypto"))
    pointer, number, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
    for name, result, arguments in [
        ("d2i_X509", pointer, [pointer, ctypes.POINTER(pointer), ctypes.c_long]),
        ("X509_free", None, [pointer]),
        ("X509_STORE_new", pointer, []),
        ("X509_STORE_free", None, [pointer]),
        ("X509_STORE_add_cert", number, [pointer, pointer]),
        ("X509_STORE_CTX_new", pointer, []),
        ("X509_STORE_CTX_free", None, [pointer]),
        ("X509_STORE_CTX_init", number, [pointer] * 4),
        ("X509_STORE_CTX_get0_param", pointer, [pointer]),
        ("X509_STORE_CTX_get_error", number, [pointer]),
        ("X509_STORE_CTX_get_error_depth", number, [pointer]),
        ("X509_VERIFY_PARAM_set_time", None, [pointer, ctypes.c_long]),
        ("X509_VERIFY_PARAM_set_flags", number, [pointer, ctypes.c_ulong]),
        ("X509_VERIFY_PARAM_set_purpose", number, [pointer, number]),
        ("X509_VERIFY_PARAM_set1_host", number, [pointer, text, ctypes.c_size_t]),
        ("X509_VERIFY_PARAM_set1_ip_asc", number, [pointer, text]),
        ("X509_verify_cert", number, [pointer]),
        ("X509_verify_cert_error_string", text, [ctypes.c_long]),
        ("OPENSSL_sk_new_null", pointer, []),
        ("OPENSSL_sk_push", number, [pointer, pointer]),
        ("OPENSSL_sk_free", None, [pointer]),
        ("OpenSSL_version", text, [number]),
        ("ERR_clear_error", None, []),
    ]:
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


OPENSSL = load_openssl()
X509_V_FLAG_X509_STRICT = 0x20
X509_PURPOSE_SSL_CLIENT, X509_PURPOSE_SSL_SERVER = 1, 2


def read_x509(der):
    """A certificate, or None."""
    octets = ctypes.create_string_buffer(der, len(der))
    at = ctypes.c_void_p(ctypes.addressof(octets))
    certificate = OPENSSL.d2i_X509(None, ctypes.byref(at), len(der))
    if certificate and at.value != ctypes.addressof(octets) + len(der):
        OPENSSL.X509_free(certificate)
        return None
    return certificate


def by_openssl(chain, strict):
    certificates = []

    def read(der):
        certificate = read_x509(bytes.fromhex(der))
        if certificate:
            certificates.append(certificate)
        return certificate

    store, context = OPENSSL.X509_STORE_new(), OPENSSL.X509_STORE_CTX_new()
    others = OPENSSL.OPENSSL_sk_new_null()
    try:
        end_entity = read(chain["end_entity"])
        if not end_entity:
            return "the end entity cannot be read"
        for anchor in filter(None, map(read, chain["anchors"])):
            OPENSSL.X509_STORE_add_cert(store, anchor)
        for other in filter(None, map(read, chain["others"])):
            OPENSSL.OPENSSL_sk_push(others, other)
        OPENSSL.X509_STORE_CTX_init(context, store, end_entity, others)
        asked = OPENSSL.X509_STORE_CTX_get0_param(context)
        OPENSSL.X509_VERIFY_PARAM_set_time(asked, chain["time"])
        is_server = chain["role"] == "server"
        purpose = X509_PURPOSE_SSL_SERVER if is_server else X509_PURPOSE_SSL_CLIENT
        OPENSSL.X509_VERIFY_PARAM_set_purpose(asked, purpose)
        if strict:
            OPENSSL.X509_VERIFY_PARAM_set_flags(asked, X509_V_FLAG_X509_STRICT)
        if chain["dns"]:
            OPENSSL.X509_VERIFY_PARAM_set1_host(asked, chain["dns"].encode(), 0)
        if chain["ip"]:
            OPENSSL.X509_VERIFY_PARAM_set1_ip_asc(asked, chain["ip"].encode())
        if OPENSSL.X509_verify_cert(context) == 1:
            return ACCEPTED
        error = OPENSSL.X509_STORE_CTX_get_error(context)
        depth = OPENSSL.X509_STORE_CTX_get_error_depth(context)
        return f"{OPENSSL.X509_verify_cert_error_string(error).decode()}, at depth {depth}"
    finally:
        OPENSSL.OPENSSL_sk_free(others)
        OPENSSL.X509_STORE_CTX_free(context)
        OPENSSL.X509_STORE_free(store)
        for certificate in certificates:
            OPENSSL.X509_free(certificate)
        OPENSSL.ERR_clear_error()


def pem(ders):
    lines = []
    for der in ders:
        text = subprocess.run(["openssl", "base64"], input=bytes.fromhex(der), capture_output=True, check=True)
        lines += ["-----BEGIN CERTIFICATE-----", text.stdout.decode().strip(), "-----END CERTIFICATE-----"]
    return "\n".join(lines) + "\n"


def by_command(chain, strict):
    """Whether `openssl verify` accepts; only for chains whose certificates can all be read."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["openssl", "verify", "-no-CApath", "-no-CAstore", "-attime", str(chain["time"])]
        command += ["-purpose", "sslserver" if chain["role"] == "server" else "sslclient"]
        for option, ders in [("-CAfile", chain["anchors"]), ("-untrusted", chain["others"]), (None, [chain["end_entity"]])]:
            if not ders:
                continue
            path = os.path.join(folder, (option or "-peer")[1:])
            with open(path, "w") as file:
                file.write(pem(ders))
            command += [option, path] if option else []
        command += ["-verify_hostname", chain["dns"]] if chain["dns"] else []
        command += ["-verify_ip", chain["ip"]] if chain["ip"] else []
        command += ["-x509_strict"] if strict else []
        run = subprocess.run(command + [os.path.join(folder, "peer")], capture_output=True)
        return run.returncode == 0


# cryptography.

def by_cryptography(chain):
    def read(der):
        try:
            return x509.load_der_x509_certificate(bytes.fromhex(der))
        except Exception:
            return None

    end_entity = read(chain["end_entity"])
    if end_entity is None:
        return "the end entity cannot be read"
    anchors = list(filter(None, map(read, chain["anchors"])))
    others = list(filter(None, map(read, chain["others"])))
    if not anchors:
        return "no anchor can be read"
    try:
        now = datetime.datetime.fromtimestamp(chain["time"], datetime.timezone.utc).replace(tzinfo=None)
        builder = verification.PolicyBuilder().store(verification.Store(anchors)).time(now)
        if chain["role"] == "client":
            verifier = builder.build_client_verifier()
        elif chain["ip"]:
            verifier = builder.build_server_verifier(x509.IPAddress(ipaddress.ip_address(chain["ip"])))
        else:
            verifier = builder.build_server_verifier(x509.DNSName(chain["dns"]))
        verifier.verify(end_entity, others)
        return ACCEPTED
    except verification.VerificationError as error:
        return str(error)
    # What is malformed beneath the first layer shows only where it is looked at.
    except Exception as error:
        return f"{type(error).__name__}: {error}"


JUDGES = {
    "openssl": lambda chain: by_openssl(chain, strict=False),
    "openssl-strict": lambda chain: by_openssl(chain, strict=True),
    "cryptography": by_cryptography,
}


def judge(line):
    """A chain, the verdicts of the others, and what explains that they differ from ours."""
    chain = json.loads(line)
    verdicts = {name: judge(chain) for name, judge in JUDGES.items()}
    differ = [name for name, theirs in verdicts.items() if chain["verdict"]["accepted"] != (theirs == ACCEPTED)]
    return chain, verdicts, [(name, *found) for name in differ for found in explain(chain, name)]


# Classes.

def plain(reason):
    """Without what differs from certificate to certificate."""
    reason = re.sub(r" \(encountered processing .*", "", reason, flags=re.DOTALL)
    return re.sub(r"\s+", " ", reason).removeprefix("validation failed: ").removeprefix("candidates exhausted: ")


def our_reasons(chain):
    """What refused. Where there is no path, what could not be read may be why; other findings on single certificates, and
    whatever stands beside an end entity that cannot be read, only add to it."""
    violations = chain["verdict"]["violations"]
    unread = [f"left aside: {it['presented']}" for it in violations if it["rule"] == "input"]
    unread += [f"no such anchor: {it}" for it in chain["unusable_anchors"]]
    without_path = [it["reason"] for it in violations if it["reason"]]
    if without_path in (["unknown-issuer"], ["bad-signature"]) and unread:
        return [without_place(it) for it in unread]
    if without_path:
        return [f"no path: {it}" for it in without_path]
    of_end_entity = [it for it in violations if it["rule"] == "input" and it["position"] == "end-entity"]
    if not violations:
        return [without_place(it) for it in unread]
    return [
        without_place(f"{it['rule']}: {it['position']}: {it['required']}: {it['presented']}")
        for it in of_end_entity or violations
    ]


def without_place(reason):
    return re.sub(r" at octet \d+", "", reason)


def explain(chain, judge):
    """The names of the classes that explain a disagreement, None for what none explains, and what is to be explained."""
    verdict = chain["verdict"]
    if verdict["accepted"]:
        # Given no more than the path that we accept they have no choice.
        *intermediates, anchor = verdict["path"]
        theirs = JUDGES[judge](chain | {"others": intermediates, "anchors": [anchor]})
        if theirs == ACCEPTED:
            yield ANOTHER_PATH, ""
            return
        theirs = plain(theirs).replace(f"at depth {len(verdict['path'])}", "at the trust anchor")
        theirs = theirs.replace("at depth 0", "at the end entity")
        direction, reasons = "we accept", [re.sub(r"at depth \d+", "at an intermediate", theirs)]
    else:
        direction, reasons = "we refuse", our_reasons(chain)
    for reason in reasons:
        yield classify(direction, judge, reason, chain), f"{judge}: {direction}: {reason}"


def classify(direction, judge, reason, chain):
    for name, of, judges, pattern, holds in CLASSES:
        if of == direction and judge in judges and re.search(pattern, reason) and holds(chain):
            return name
    return None


def documented(path):
    with open(path) as file:
        return set(re.findall(r"^\| `([^`]+)` \|", file.read(), re.MULTILINE))


def main():
    chains_path, documentation = sys.argv[1:]
    with open(chains_path) as file:
        lines = file.readlines()
    with multiprocessing.Pool() as pool:
        judged = pool.map(judge, lines, chunksize=50)

    print(OPENSSL.OpenSSL_version(0).decode(), "and cryptography", cryptography.__version__)
    print(len(judged), "chains;", "accepted:", sum(it[0]["verdict"]["accepted"] for it in judged), "here", end="")
    for name in JUDGES:
        print(",", sum(verdicts[name] == ACCEPTED for _, verdicts, _ in judged), name, end="")
    print()
    failures = check_command(judged)

    classes = collections.defaultdict(collections.Counter)
    unexplained = collections.defaultdict(list)
    for chain, _, explained in judged:
        for name, found, what in explained:
            if found:
                classes[found][name] += 1
            else:
                unexplained[what].append(chain)
    print("| class |", " | ".join(JUDGES), "|")
    for name, counts in sorted(classes.items()):
        print(f"| `{name}` |", " | ".join(str(counts[judge]) for judge in JUDGES), "|")
    print_kept(judged)

    known = {name for name, *_ in CLASSES} | {ANOTHER_PATH}
    rows = documented(documentation)
    failures += [f"class {name} has no row in {documentation}" for name in sorted(known - rows)]
    failures += [f"{documentation} has a row {name}, which is no class" for name in sorted(rows - known)]
    for what, chains in sorted(unexplained.items(), key=lambda it: -len(it[1])):
        examples = [f"\n    {it['role']} {it['dns'] or it['ip']} {it['changes']}" for it in chains[:8]]
        failures.append(f"unexplained, {len(chains)} times: {what}{''.join(examples)}")
    if failures:
        sys.exit("\n".join(failures))


def print_kept(judged):
    """Of what we accept and they refuse, how much is accepted by the rule `certificate-profile` too."""
    kept = collections.defaultdict(lambda: collections.defaultdict(collections.Counter))
    for chain, _, explained in judged:
        for profile, accepts in chain["verdict"].get("profiles", {}).items():
            if accepts is not None:
                for found in {found for _, found, _ in explained}:
                    kept[found][profile][accepts] += 1
    for found, profiles in sorted(kept.items(), key=lambda it: str(it[0])):
        figures = (f"{counts[True]} of {counts.total()} by {profile}" for profile, counts in profiles.items())
        print(f"{found}, with the profiles accepted:", ", ".join(figures))


def check_command(judged):
    """Where the library and the command do not agree, as they must."""
    def all_read(chain):
        ders = [chain["end_entity"], *chain["others"], *chain["anchors"]]
        return all(read_x509(bytes.fromhex(der)) for der in ders)

    readable = [it for it in judged if all_read(it[0])][:MOST_BY_COMMAND]
    print(len(readable), "of them by the command `openssl verify` too")
    return [
        f"`openssl verify` says otherwise than its library: {name} {chain['changes']}"
        for chain, verdicts, _ in readable
        for name, strict in [("openssl", False), ("openssl-strict", True)]
        if by_command(chain, strict) != (verdicts[name] == ACCEPTED)
    ]


if __name__ == "__main__":
    main()
