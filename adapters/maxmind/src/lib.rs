#![doc = include_str!("../README.md")]

use std::fs::File;
use std::io::Read;
use std::net::IpAddr;
use std::path::Path;
use std::{fmt, io};

use maxminddb::{MaxMindDbError, Reader, path};
use referral_core::value::Place;
use thiserror::Error as ThisError;

/// Why a database is not used, or a place is not known. No address is in it.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum PlacesError {
    /// The file cannot be read.
    #[error("the database of places cannot be read: {0}")]
    Unreadable(String),
    /// The file has more bytes than [`Places::MOST_BYTES`].
    #[error("the database of places has more than 2 GiB")]
    TooLarge,
    /// The file is none in MaxMind's format, or it is damaged.
    #[error("the database of places is damaged: {0}")]
    Damaged(String),
    /// It is a database of something else, such as of domains.
    #[error("the database holds neither cities nor countries")]
    OtherKind,
}

impl PlacesError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "places_unreadable",
            Self::TooLarge => "places_too_large",
            Self::Damaged(_) => "places_damaged",
            Self::OtherKind => "places_of_other_kind",
        }
    }
}

impl From<MaxMindDbError> for PlacesError {
    fn from(error: MaxMindDbError) -> Self {
        match error {
            MaxMindDbError::Io(error) => Self::from(error),
            error => Self::Damaged(error.to_string()),
        }
    }
}

impl From<io::Error> for PlacesError {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error.kind().to_string())
    }
}

/// A database of places, in memory.
pub struct Places {
    reader: Reader<Vec<u8>>,
}

impl Places {
    /// The greatest size of a database: 2 GiB. The largest that MaxMind offers has a few hundred MiB.
    pub const MOST_BYTES: u64 = 2 << 30;

    /// Reads a database from a file and checks all of it.
    ///
    /// # Errors
    /// [`PlacesError`] if the file cannot be read, is damaged, or is no database of places.
    pub fn open(file: impl AsRef<Path>) -> Result<Self, PlacesError> {
        let mut bytes = Vec::new();
        // A pipe or a device has no length that could be asked for.
        File::open(file)?.take(Self::MOST_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > Self::MOST_BYTES {
            return Err(PlacesError::TooLarge);
        }
        Self::from_bytes(bytes)
    }

    /// Reads a database from its bytes and checks all of it.
    ///
    /// # Errors
    /// [`PlacesError`] if it is damaged, or is no database of places.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, PlacesError> {
        let reader = Reader::from_source(bytes)?;
        reader.verify()?;
        let kind = reader.metadata().database_type.as_str();
        if !["City", "Country", "Enterprise"].iter().any(|known| kind.contains(known)) {
            return Err(PlacesError::OtherKind);
        }
        Ok(Self { reader })
    }

    /// Where an address is; nothing of what the database does not know.
    ///
    /// # Errors
    /// [`PlacesError::Damaged`] if the file's entry for this address cannot be read.
    pub fn place(&self, address: IpAddr) -> Result<Place, PlacesError> {
        let address = address.to_canonical();
        if address.is_ipv6() && self.reader.metadata().ip_version == 4 {
            return Ok(Place::default());
        }
        let found = self.reader.lookup(address)?;
        let country: Option<&str> = found.decode_path(&path!["country", "iso_code"])?;
        let city: Option<&str> = found.decode_path(&path!["city", "names", "en"])?;
        let country = country.and_then(|code| code.parse().ok());
        // A city without its country could be any of that name.
        let city = city.filter(|_| country.is_some()).and_then(|name| name.parse().ok());
        Ok(Place { country, city })
    }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metadata = self.reader.metadata();
        f.debug_struct("Places").field("kind", &metadata.database_type).field("built", &metadata.build_epoch).finish()
    }
}
