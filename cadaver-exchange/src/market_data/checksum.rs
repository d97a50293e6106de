//! The proof in each delta: a checksum that anyone can take over the book it has put together.

use crate::domain::book::Depth;
use std::io::Write;

/// How many levels of each side are covered.
pub const TOP_LEVELS: usize = 10;

/// CRC-32 (IEEE 802.3, as in zip and PNG) over the best ten bids, `|`, and the best ten asks, best first, each level written as
/// `<price>:<lots>;` in decimal digits.
#[must_use]
pub fn checksum(bids: &[Depth], asks: &[Depth]) -> u32 {
    let mut hasher = Crc(crc32fast::Hasher::new());
    for level in bids.iter().take(TOP_LEVELS) {
        hasher.level(level);
    }
    hasher.0.update(b"|");
    for level in asks.iter().take(TOP_LEVELS) {
        hasher.level(level);
    }
    hasher.0.finalize()
}

struct Crc(crc32fast::Hasher);

impl Crc {
    fn level(&mut self, level: &Depth) {
        let mut text = [0_u8; 48];
        let room = text.len();
        let mut rest = &mut text[..];
        write!(rest, "{}:{};", level.price.0, level.lots)
            .expect("two numbers of at most twenty digits and two signs have room in 48 bytes");
        let used = room - rest.len();
        self.0.update(&text[..used]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Kibbles;

    fn level(price: i64, lots: u64) -> Depth {
        Depth {
            price: Kibbles(price),
            lots,
            orders: 1,
        }
    }

    #[test]
    fn it_is_the_crc_of_the_written_levels() {
        let (bids, asks) = ([level(12, 3), level(11, 40)], [level(13, 7)]);
        assert_eq!(
            checksum(&bids, &asks),
            crc32fast::hash(b"12:3;11:40;|13:7;")
        );
        assert_eq!(checksum(&[], &[]), crc32fast::hash(b"|"));
    }

    #[test]
    fn only_the_top_counts() {
        let mut bids: Vec<Depth> = (0..20).map(|price| level(100 - price, 1)).collect();
        let top = checksum(&bids, &[]);
        bids.truncate(TOP_LEVELS);
        assert_eq!(checksum(&bids, &[]), top);
        bids[9].lots = 2;
        assert_ne!(checksum(&bids, &[]), top);
    }
}
