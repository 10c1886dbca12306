//! A CA kept by `openssl ca`, with its database, and its OCSP responder, `openssl ocsp`, in a temporary directory.

use rustls_policy_verifier::Time;
use tempfile::TempDir;

use super::tool::Tool;
use crate::kit::{HOST, Own};
use crate::support::{KeyKind, TestKey, der, pem, serial_of};

/// The CA's own certificate, and the signer of the CRLs.
pub(super) const ROOT: &str = "root";

/// A root that issues to everybody. Certificates hold from 2020 to 2099, as all do that meet commands.
pub(super) struct TheirCa {
    directory: TempDir,
    kind: KeyKind,
}

/// What the responder is asked, and how it answers.
pub(super) struct Question<'a> {
    /// The certificates that the request is about.
    pub(super) about: &'a [&'a str],
    /// The option that names the hash of the CertIDs.
    pub(super) hash: &'a str,
    /// Who signs the response.
    pub(super) signer: &'a str,
    /// Further options of the response.
    pub(super) response: &'a str,
}

impl TheirCa {
    /// With keys of `kind`.
    pub(super) fn new(kind: KeyKind) -> Self {
        let ca = Self {
            directory: tempfile::tempdir().unwrap(),
            kind,
        };
        ca.write("index.txt", "");
        ca.write("serial", "1000\n");
        ca.write("crlnumber", "07\n");
        ca.write("ca.cnf", &ca.configuration());
        ca.issue_with(ROOT, 0, "-selfsign -extensions root");
        ca
    }

    /// A server's certificate.
    pub(super) fn issue(&self, name: &str) {
        self.issue_with(name, 2, "-extensions server");
    }

    /// A certificate with the key of that number. `options` say what it is for: the sections of the configuration.
    pub(super) fn issue_with(&self, name: &str, key: usize, options: &str) {
        let key = TestKey::of(self.kind, key);
        self.write(&format!("{name}.key"), &key.pkcs8_pem());
        self.run(&format!(
            "req -new -config @ca.cnf -key @{name}.key -subj /CN={name} -out @{name}.csr"
        ));
        self.run(&format!(
            "ca -config @ca.cnf -batch -notext {options} -in @{name}.csr -out @{name}.pem"
        ));
    }

    /// `how` is an option such as `-crl_reason keyCompromise`, or nothing.
    pub(super) fn revoke(&self, name: &str, how: &str) {
        self.run(&format!("ca -config @ca.cnf -revoke @{name}.pem {how}"));
    }

    /// Takes a certificate out of the database.
    pub(super) fn forget(&self, name: &str) {
        let index = self.read("index.txt");
        let others = index
            .lines()
            .filter(|line| !is_about(line, &self.serial(name)));
        let others: String = others.flat_map(|line| [line, "\n"]).collect();
        assert!(others.len() < index.len(), "{name} is not in:\n{index}");
        self.write("index.txt", &others);
    }

    /// When the database says that it was revoked.
    pub(super) fn revoked_at(&self, name: &str) -> Time {
        let index = self.read("index.txt");
        let serial = self.serial(name);
        let line = index.lines().find(|line| is_about(line, &serial)).unwrap();
        // YYMMDDHHMMSSZ and, after a comma, the reason.
        let date = line.split('\t').nth(2).unwrap();
        let number = |at: usize| {
            date.get(2 * at..2 * at + 2)
                .unwrap()
                .parse::<u32>()
                .unwrap()
        };
        let year = i64::from(2000 + number(0));
        let [month, day, hour, minute, second] = [1, 2, 3, 4, 5].map(number);
        let seconds = der::unix(year, month, day, hour, minute, second);
        Time::from_unix_seconds(seconds.try_into().unwrap())
    }

    /// A CRL in PEM, of 25 May to 25 July 2026. `options` are further ones.
    pub(super) fn crl(&self, options: &str) -> String {
        self.run(&format!(
            "ca -config @ca.cnf -gencrl -crl_lastupdate 20260525000000Z -crl_nextupdate 20260725000000Z {options} -out @crl.pem"
        ));
        self.read("crl.pem")
    }

    /// The last CRL in DER, which `openssl ca` does not write itself.
    pub(super) fn crl_in_der(&self) -> Vec<u8> {
        self.run("crl -in @crl.pem -outform DER -out @crl.der");
        std::fs::read(self.path("crl.der")).unwrap()
    }

    /// Changes the configuration.
    pub(super) fn configure(&self, from: &str, to: &str) {
        let before = self.read("ca.cnf");
        let after = before.replace(from, to);
        assert_ne!(before, after, "there is no {from}");
        self.write("ca.cnf", &after);
    }

    /// The response to a request of `openssl ocsp`.
    pub(super) fn answer(&self, question: &Question<'_>) -> Vec<u8> {
        let about: String = question
            .about
            .iter()
            .map(|name| format!(" -cert @{name}.pem"))
            .collect();
        // The hash holds for the certificates after it.
        self.run(&format!(
            "ocsp -issuer @{ROOT}.pem {}{about} -reqout @request.der",
            question.hash
        ));
        self.answer_request(question)
    }

    /// The response to a request that has no certificate in it: malformedRequest.
    pub(super) fn no_answer(&self) -> Vec<u8> {
        let nothing = der::sequence(&[der::sequence(&[der::sequence(&[])])]);
        std::fs::write(self.path("request.der"), nothing).unwrap();
        self.answer_request(&Question {
            about: &[],
            hash: "",
            signer: ROOT,
            response: "-ignore_err",
        })
    }

    fn answer_request(&self, question: &Question<'_>) -> Vec<u8> {
        let Question {
            signer, response, ..
        } = question;
        self.run(&format!(
            "ocsp -index @index.txt -CA @{ROOT}.pem -rsigner @{signer}.pem -rkey @{signer}.key -reqin @request.der -respout @response.der {response}"
        ));
        std::fs::read(self.path("response.der")).unwrap()
    }

    /// What a server presents, the root's certificate among it.
    pub(super) fn own(&self, name: &str) -> Own {
        let chain = [name, ROOT].map(|name| self.certificate(name));
        Own::new(&TestKey::of(self.kind, 2), chain)
    }

    pub(super) fn certificate(&self, name: &str) -> Vec<u8> {
        pem::from_pem(&self.read(&format!("{name}.pem")))
    }

    /// Hexadecimal, as in the database.
    fn serial(&self, name: &str) -> String {
        let octets = serial_of(&self.certificate(name));
        octets.iter().map(|octet| format!("{octet:02X}")).collect()
    }

    pub(super) fn path(&self, name: &str) -> String {
        self.directory
            .path()
            .join(name)
            .to_str()
            .unwrap()
            .to_owned()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Runs `openssl`, which must not fail.
    fn run(&self, words: &str) {
        Tool::openssl(self.directory.path(), words).success();
    }

    fn configuration(&self) -> String {
        let directory = self.path("");
        format!(
            "
[ca]
default_ca = everybody
[everybody]
new_certs_dir = {directory}
database = {directory}index.txt
serial = {directory}serial
crlnumber = {directory}crlnumber
certificate = {directory}{ROOT}.pem
private_key = {directory}{ROOT}.key
default_md = default
default_startdate = 20200101000000Z
default_enddate = 20990101000000Z
policy = name
unique_subject = no
crl_extensions = complete
[name]
commonName = supplied
[req]
distinguished_name = name

[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:{HOST}
authorityKeyIdentifier = keyid
[must_staple]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:{HOST}
authorityKeyIdentifier = keyid
tlsfeature = status_request
[responder]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = OCSPSigning
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
noCheck = ignored

[complete]
authorityKeyIdentifier = keyid
[users]
issuingDistributionPoint = critical, @users_only
[users_only]
onlyuser = TRUE
[authorities]
issuingDistributionPoint = critical, @authorities_only
[authorities_only]
onlyCA = TRUE
[attributes]
issuingDistributionPoint = critical, @attributes_only
[attributes_only]
onlyAA = TRUE
[indirect]
issuingDistributionPoint = critical, @of_others
[of_others]
indirectCRL = TRUE
[delta]
2.5.29.27 = critical, DER:020106
[unknown]
1.2.3.4 = critical, DER:0500
"
        )
    }
}

/// Whether a line of the database is about the certificate of that serial number.
fn is_about(line: &str, serial: &str) -> bool {
    line.split('\t').nth(3) == Some(serial)
}
