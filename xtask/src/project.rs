//! The project on disk: its root, its files, its packages.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The checked-out project.
#[derive(Debug)]
pub(crate) struct Project {
    root: PathBuf,
}

/// A file of the project that git knows or would add.
#[derive(Debug)]
pub(crate) struct Source {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Project {
    /// The project that this program was built from.
    pub(crate) fn find() -> Result<Self, String> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = here.parent().ok_or("the xtask crate has no parent folder")?;
        Ok(Self { root: root.to_path_buf() })
    }

    /// The absolute path of `relative`.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Every path that git tracks or would add, sorted.
    pub(crate) fn paths(&self) -> Result<Vec<String>, String> {
        let listed = self.capture("git", &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
        let mut paths: Vec<String> = listed.split('\0').filter(|path| !path.is_empty()).map(String::from).collect();
        // A file that was deleted but not yet committed is still listed.
        paths.retain(|path| self.path(path).exists());
        paths.sort();
        paths.dedup();
        Ok(paths)
    }

    /// Every text file among [`Project::paths`].
    pub(crate) fn sources(&self) -> Result<Vec<Source>, String> {
        let mut sources = Vec::new();
        for path in self.paths()? {
            let bytes = std::fs::read(self.path(&path)).map_err(|error| format!("`{path}`: {error}"))?;
            if let Ok(text) = String::from_utf8(bytes) {
                sources.push(Source { path, text });
            }
        }
        Ok(sources)
    }

    /// The name of the package whose manifest lies in `folder`, if there is one.
    pub(crate) fn package(&self, folder: &str) -> Option<String> {
        let manifest = std::fs::read_to_string(self.path(folder).join("Cargo.toml")).ok()?;
        package_name(&manifest)
    }

    /// What `program` prints, run at the root.
    pub(crate) fn capture(&self, program: &str, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(&self.root)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| format!("`{program}`: {error}"))?;
        if !output.status.success() {
            return Err(format!("`{program} {}` failed: {}", arguments.join(" "), output.status));
        }
        String::from_utf8(output.stdout).map_err(|error| format!("`{program}`: {error}"))
    }
}

fn package_name(manifest: &str) -> Option<String> {
    let after = manifest.lines().skip_while(|line| line.trim() != "[package]").skip(1);
    let mut section = after.take_while(|line| !line.starts_with('['));
    section.find_map(|line| {
        let value = line.strip_prefix("name")?.trim_start().strip_prefix('=')?;
        Some(value.trim().trim_matches('"').to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_named_by_its_own_section() {
        let manifest = "[lib]\nname = \"other\"\n\n[package]\ndescription = \"x\"\nname = \"mine\"\n";
        assert_eq!(package_name(manifest).as_deref(), Some("mine"));
        assert_eq!(package_name("[lib]\nname = \"other\"\n"), None);
    }
}
