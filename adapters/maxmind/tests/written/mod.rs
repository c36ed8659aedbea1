//! Writes a small database in MaxMind's format, version 2.0, for IPv4: a search tree of records of 24 bits, the values, the metadata.

use std::net::Ipv4Addr;

/// A value of the format.
#[derive(Clone)]
pub(crate) enum Value {
    Text(String),
    Map(Vec<(String, Value)>),
    Number16(u16),
    Number32(u32),
    Number64(u64),
    List(Vec<Value>),
}

impl Value {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(crate) fn map(pairs: impl IntoIterator<Item = (&'static str, Self)>) -> Self {
        Self::Map(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Text(text) => {
                control(bytes, 2, text.len());
                bytes.extend(text.as_bytes());
            }
            Self::Map(pairs) => {
                control(bytes, 7, pairs.len());
                for (name, value) in pairs {
                    Self::Text(name.clone()).write(bytes);
                    value.write(bytes);
                }
            }
            Self::Number16(number) => {
                control(bytes, 5, 2);
                bytes.extend(number.to_be_bytes());
            }
            Self::Number32(number) => {
                control(bytes, 6, 4);
                bytes.extend(number.to_be_bytes());
            }
            Self::Number64(number) => {
                control(bytes, 9, 8);
                bytes.extend(number.to_be_bytes());
            }
            Self::List(values) => {
                control(bytes, 11, values.len());
                values.iter().for_each(|value| value.write(bytes));
            }
        }
    }
}

/// The control byte of a type with a size, and what a size from 29 on and a type from 8 on need behind it.
fn control(bytes: &mut Vec<u8>, kind: u8, size: usize) {
    let (small, more) = if size < 29 { (size as u8, None) } else { (29, Some((size - 29) as u8)) };
    if kind < 8 {
        bytes.push((kind << 5) | small);
    } else {
        bytes.extend([small, kind - 7]);
    }
    bytes.extend(more);
}

/// What a branch of the tree leads to.
#[derive(Clone, Copy)]
enum Branch {
    Nothing,
    Node(usize),
    Data(usize),
}

/// A database that is being written. A more special network is put after the wider one.
pub(crate) struct Database {
    kind: String,
    nodes: Vec<[Branch; 2]>,
    data: Vec<u8>,
}

impl Database {
    pub(crate) fn new(kind: &str) -> Self {
        Self { kind: kind.to_owned(), nodes: vec![[Branch::Nothing; 2]], data: Vec::new() }
    }

    /// Puts what is known of a network.
    pub(crate) fn put(&mut self, network: &str, bits: u32, value: &Value) {
        let offset = self.data.len();
        value.write(&mut self.data);
        let address = u32::from(network.parse::<Ipv4Addr>().unwrap());
        let mut node = 0;
        for depth in 0..bits {
            let side = ((address >> (31 - depth)) & 1) as usize;
            if depth + 1 == bits {
                self.nodes[node][side] = Branch::Data(offset);
                return;
            }
            node = match self.nodes[node][side] {
                Branch::Node(next) => next,
                known => {
                    self.nodes.push([known; 2]);
                    let next = self.nodes.len() - 1;
                    self.nodes[node][side] = Branch::Node(next);
                    next
                }
            };
        }
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let count = self.nodes.len();
        let mut bytes = Vec::new();
        for branch in self.nodes.iter().flatten() {
            let record = match branch {
                Branch::Nothing => count,
                Branch::Node(node) => *node,
                Branch::Data(offset) => count + 16 + offset,
            };
            bytes.extend(&(record as u32).to_be_bytes()[1..]);
        }
        bytes.extend([0; 16]);
        bytes.extend(&self.data);
        bytes.extend(b"\xab\xcd\xefMaxMind.com");
        let metadata = [
            ("binary_format_major_version", Value::Number16(2)),
            ("binary_format_minor_version", Value::Number16(0)),
            ("build_epoch", Value::Number64(1_777_626_000)),
            ("database_type", Value::text(&self.kind)),
            ("description", Value::map([("en", Value::text("written by a test"))])),
            ("ip_version", Value::Number16(4)),
            ("languages", Value::List(vec![Value::text("en")])),
            ("node_count", Value::Number32(count as u32)),
            ("record_size", Value::Number16(24)),
        ];
        Value::map(metadata).write(&mut bytes);
        bytes
    }
}
