"""Which of the profiles' checks other verifiers make, as the table of docs/what-is-checked.md.

It has the path of each check's cases written, in which that is the one thing wrong, and asks webpki, `openssl verify`, without
and with -x509_strict, and the package `cryptography` (pip install cryptography) whether they accept them as a server's.

    python3 docs/others.py
"""

import collections
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import cryptography
from cryptography import x509
from cryptography.x509 import verification

NAME = "api.acme.example"
NOW = datetime.datetime(2026, 6, 1, 12)


def openssl(files, *options):
    command = ["openssl", "verify", *options, "-purpose", "sslserver", "-verify_hostname", NAME]
    now = str(int(NOW.replace(tzinfo=datetime.timezone.utc).timestamp()))
    command += ["-attime", now, "-CAfile", files[2], "-untrusted", files[1], files[0]]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def pyca(pems):
    try:
        end_entity, issuing, root = map(x509.load_pem_x509_certificate, pems)
        store = verification.Store([root])
        builder = verification.PolicyBuilder().store(store).time(NOW)
        builder.build_server_verifier(x509.DNSName(NAME)).verify(end_entity, [issuing])
        return True
    except (ValueError, verification.VerificationError):
        return False


def verdicts(case, folder):
    files = []
    for name, pem in zip(("end-entity", "issuing", "root"), case["path"]):
        files.append(str(folder / f"{name}.pem"))
        pathlib.Path(files[-1]).write_text(pem)
    pems = [pem.encode() for pem in case["path"]]
    return [case["webpki"], openssl(files), openssl(files, "-x509_strict"), pyca(pems)]


def main():
    checkout = pathlib.Path(__file__).parent.parent
    refused = collections.defaultdict(lambda: [0, 0, 0, 0])
    cases = collections.Counter()
    with tempfile.TemporaryDirectory() as into:
        folder = pathlib.Path(into)
        test = "each_check_finds_what_it_is_for"
        run = ["cargo", "test", "--quiet", "--lib", test]
        environment = {**os.environ, "CASES_INTO": into}
        subprocess.run(run, cwd=checkout, env=environment, check=True, stdout=subprocess.DEVNULL)
        paths = sorted(folder.glob("[0-9]*.json"))
        if not paths:
            sys.exit("no cases were written")
        for path in paths:
            case = json.loads(path.read_text())
            checks = sorted({*case["rfc5280"], *case["cabf-server"]})
            found = verdicts(case, folder)
            if not checks:
                continue
            for check in checks:
                cases[check] += 1
                for n, accepted in enumerate(found):
                    refused[check][n] += not accepted
    version = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True)
    print(version.stdout.split()[1], cryptography.__version__)
    print("| check | cases | webpki | OpenSSL | with -x509_strict | cryptography |")
    print("|---|---|---|---|---|---|")
    for check in sorted(cases):
        print("|", " | ".join([f"`{check}`", str(cases[check]), *map(str, refused[check])]), "|")


main()
