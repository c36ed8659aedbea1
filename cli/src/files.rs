//! Files that are written are whole or not there: written under another name first, and renamed at the end. Files that are read
//! are regular ones within a size.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::failure::Failure;

/// The greatest size of a file that is read at once, such as a keyring, a campaign or the list of an export.
pub(crate) const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// Opens a file to read. A pipe, a device and a folder are refused: they may never end. A link to a regular file is followed.
pub(crate) fn open(path: &Path) -> Result<File, Failure> {
    let failed = |error: io::Error| Failure::file(path, error);
    // Before it is opened, because opening a pipe waits for its writer. And after, because it may be another file by then.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(Failure::file(path, "is no regular file"));
    }
    let file = File::open(path).map_err(failed)?;
    let is_regular = file.metadata().map_err(failed)?.is_file();
    if is_regular { Ok(file) } else { Err(Failure::file(path, "is no regular file")) }
}

/// Reads a file of at most [`MOST_BYTES`].
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes);
    match read.map_err(|error| Failure::file(path, error))? as u64 {
        0..=MOST_BYTES => Ok(bytes),
        _ => Err(Failure::file(path, format!("has more than the {MOST_BYTES} bytes that are read of such a file"))),
    }
}

/// Reads a text of at most [`MOST_BYTES`].
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(read(path)?).map_err(|_| Failure::file(path, "is no text in UTF-8"))
}

/// What happens to a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    /// It stays, and nothing is written.
    Kept,
    /// It is replaced.
    Replaced,
}

impl Existing {
    /// By the flag `--replace`.
    pub(crate) fn by(replace: bool) -> Self {
        if replace { Self::Replaced } else { Self::Kept }
    }

    /// Refuses to write what would replace a file that stays. What is told at the end would be told late.
    pub(crate) fn allows(self, path: &Path) -> Result<(), Failure> {
        if self == Self::Kept && path.exists() { Err(taken(path)) } else { Ok(()) }
    }
}

/// A file that is being written. Dropped before its end, it is removed.
#[derive(Debug)]
pub(crate) struct Draft {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
}

impl Draft {
    /// One that its owner alone can read.
    pub(crate) fn private(path: &Path) -> Result<Self, Failure> {
        Self::begin(path, &mut Builder::new())
    }

    /// One that others may read, as far as the owner lets them.
    pub(crate) fn public(path: &Path) -> Result<Self, Failure> {
        let mut builder = Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        Self::begin(path, &mut builder)
    }

    fn begin<'a>(path: &'a Path, builder: &mut Builder<'a, 'a>) -> Result<Self, Failure> {
        let name = path.file_name().ok_or_else(|| Failure::file(path, "is no name of a file"))?;
        let file = builder.prefix(name).suffix(".partial").tempfile_in(folder_of(path));
        let file = file.map_err(|error| Failure::file(path, error))?;
        Ok(Self { path: path.to_owned(), file: BufWriter::new(file) })
    }

    /// Gives it its name. Answers how many bytes it has.
    pub(crate) fn finish(self, existing: Existing) -> Result<u64, Failure> {
        let Self { path, file } = self;
        let finished = file.into_inner().map_err(io::IntoInnerError::into_error).and_then(|file| {
            file.as_file().sync_all()?;
            let bytes = file.as_file().metadata()?.len();
            match existing {
                Existing::Kept => file.persist_noclobber(&path),
                Existing::Replaced => file.persist(&path),
            }?;
            sync(folder_of(&path)).map(|()| bytes)
        });
        finished.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => taken(&path),
            _ => Failure::file(&path, error),
        })
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Writes a text to a file that its owner alone can read.
pub(crate) fn write_private(path: &Path, text: &str, existing: Existing) -> Result<(), Failure> {
    existing.allows(path)?;
    let mut draft = Draft::private(path)?;
    draft.write_all(text.as_bytes()).map_err(|error| Failure::file(path, error))?;
    draft.finish(existing).map(drop)
}

/// A file that is there and stays.
fn taken(path: &Path) -> Failure {
    Failure::new("file_exists", format!("`{}` is there already", path.display())).help("`--replace` replaces it")
}

/// The folder of a file.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the new name last.
pub(crate) fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Makes a folder for its owner alone, unless it is there.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Failure> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| Failure::file(folder, error))
}
