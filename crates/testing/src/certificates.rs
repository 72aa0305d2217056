//! Authorities and certificates, made by `openssl` and gone with the test.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// For `openssl req` and `openssl ca`; only the latter can make an expired certificate.
const CONFIGURATION: &str = "\
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[server]
subjectAltName = DNS:localhost,IP:127.0.0.1
[client]
extendedKeyUsage = clientAuth
[ca]
default_ca = files
[files]
database = issued
serial = serial
new_certs_dir = .
certificate = authority.crt
private_key = authority.key
default_md = sha256
unique_subject = no
policy = policy
[policy]
commonName = supplied
";

/// What a key is made for and a certificate signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA with 2048 bits.
    Rsa,
    /// ECDSA on the curve that most use.
    P256,
    /// ECDSA with the longer hash.
    P384,
    /// Without a hash, and so without one to bind a password to.
    Ed25519,
}

impl Algorithm {
    fn new_key(self) -> &'static [&'static str] {
        match self {
            Self::Rsa => &["-newkey", "rsa:2048"],
            Self::P256 => &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
            Self::P384 => &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
            Self::Ed25519 => &["-newkey", "ed25519"],
        }
    }

    /// What a signature with such a key is taken over; Ed25519 ignores it.
    fn hash(self) -> &'static str {
        if self == Self::P384 { "sha384" } else { "sha256" }
    }
}

/// An authority, whose certificates have keys and signatures of one algorithm.
#[derive(Debug)]
pub struct Authority {
    folder: TempDir,
    algorithm: Algorithm,
}

/// A certificate and its key.
#[derive(Debug)]
pub struct Pair {
    /// The certificate's PEM file.
    pub certificate: PathBuf,
    /// The key's PEM file.
    pub key: PathBuf,
}

impl Authority {
    /// A new one, in a folder of its own.
    #[must_use]
    pub fn new(algorithm: Algorithm) -> Self {
        let folder = tempfile::tempdir().expect("a new folder");
        // The server may run as another user.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("it is ours");
        let authority = Self { folder, algorithm };
        for (file, text) in [("openssl.cnf", CONFIGURATION), ("issued", ""), ("serial", "01\n")] {
            fs::write(authority.file(file), text).expect("a writable folder");
        }
        let own = "-x509 -subj /CN=authority -extensions authority -days 2 -keyout authority.key -out authority.crt";
        authority.request(own);
        authority
    }

    /// The authority's own certificate.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.file("authority.crt")
    }

    /// For a server called `localhost`, or 127.0.0.1.
    #[must_use]
    pub fn server(&self) -> Pair {
        let pair = self.issue("server", "localhost", "-days 2 -extensions server");
        give_to_server(&pair.key);
        pair
    }

    /// The same, expired long ago.
    #[must_use]
    pub fn expired_server(&self) -> Pair {
        let validity = "-startdate 20200101000000Z -enddate 20200201000000Z -extensions server";
        let pair = self.issue("expired", "localhost", validity);
        give_to_server(&pair.key);
        pair
    }

    /// For a client that logs in as a role.
    #[must_use]
    pub fn client(&self, role: &str) -> Pair {
        self.issue(role, role, "-days 2 -extensions client")
    }

    /// The pair's key, under a pass phrase.
    #[must_use]
    pub fn encrypted(&self, pair: &Pair) -> PathBuf {
        let key = pair.key.display();
        self.openssl(&[&format!("pkey -in {key} -aes256 -passout pass:secret -out encrypted.key")]);
        self.file("encrypted.key")
    }

    fn issue(&self, file: &str, name: &str, arguments: &str) -> Pair {
        self.request(&format!("-subj /CN={name} -keyout {file}.key -out {file}.csr"));
        let hash = self.algorithm.hash();
        self.openssl(&[
            "ca -config openssl.cnf -batch -notext",
            &format!("-md {hash} -in {file}.csr -out {file}.crt"),
            arguments,
        ]);
        Pair { certificate: self.file(&format!("{file}.crt")), key: self.file(&format!("{file}.key")) }
    }

    fn request(&self, arguments: &str) {
        let key = self.algorithm.new_key().join(" ");
        self.openssl(&["req -config openssl.cnf -nodes", &format!("-{}", self.algorithm.hash()), &key, arguments]);
    }

    fn openssl(&self, arguments: &[&str]) {
        let output = Command::new("openssl")
            .args(arguments.join(" ").split(' '))
            .current_dir(self.folder.path())
            .output()
            .expect("openssl is installed");
        assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// A path in the authority's folder, for what a test adds.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// PostgreSQL accepts only a key that it owns and no other user can read; started by root, it runs as `nobody`.
fn give_to_server(key: &Path) {
    fs::set_permissions(key, fs::Permissions::from_mode(0o600)).expect("it is ours");
    if fs::metadata(key).expect("it was written").uid() == 0 {
        let nobody = Command::new("id").args(["-u", "nobody"]).output().expect("id is installed");
        let uid = String::from_utf8_lossy(&nobody.stdout).trim().parse().expect("a number");
        chown(key, Some(uid), None).expect("root may");
    }
}
