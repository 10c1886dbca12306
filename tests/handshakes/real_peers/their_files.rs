//! A chain, its key and the anchors to judge by, as the files that commands read.

use std::path::Path;

use tempfile::TempDir;

use crate::kit::Own;
use crate::support::pem;

pub(super) struct TheirFiles {
    directory: TempDir,
}

impl TheirFiles {
    /// `own` is what the other side presents, `anchor` whom it trusts.
    pub(super) fn new(own: Option<&Own>, anchor: &[u8]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: String| {
            std::fs::write(directory.path().join(name), text).unwrap();
        };
        write("anchor.pem", pem::bundle(&[anchor]));
        if let Some(own) = own {
            let chain: Vec<&[u8]> = own.chain.iter().map(AsRef::as_ref).collect();
            let (end_entity, others) = chain.split_first().unwrap();
            write("end-entity.pem", pem::bundle(&[end_entity]));
            write("others.pem", pem::bundle(others));
            write("chain.pem", pem::bundle(&chain));
            write("key.pem", pem::to_pem("PRIVATE KEY", own.key.secret_der()));
        }
        Self { directory }
    }

    /// The file's path, if there is such a file.
    pub(super) fn path(&self, name: &str) -> Option<String> {
        let path = self.directory.path().join(name);
        path.exists().then(|| text(&path))
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}
