//! Search over lots: one contract for every index, and the way from the market to the index.

use crate::test_app::{TestApp, caught};
use cadaver_exchange::{
    domain::{Grade, Kibbles, Market, RodentKind},
    search::{
        Change, LotDocument, LotIndex, LotQuery, LotStatus, elasticsearch::ElasticsearchLotIndex,
        sqlite::SqliteLotIndex, words_of,
    },
};
use chrono::{DateTime, Utc};
use service_chassis::real_component::real_component;
use shared_events::id::LotId;
use std::sync::Arc;
use tempfile::TempDir;
use uuid::Uuid;

const ELASTICSEARCH_URL: &str = "CATWEB_TEST_ELASTICSEARCH_URL";

struct TestIndex {
    index: Arc<dyn LotIndex>,
    _folder: Option<TempDir>,
}

fn indexes() -> Vec<TestIndex> {
    let folder = tempfile::tempdir().unwrap();
    let embedded = SqliteLotIndex::open(&folder.path().join("lots.db")).unwrap();
    let mut indexes = vec![TestIndex {
        index: Arc::new(embedded),
        _folder: Some(folder),
    }];
    if let Some(url) = real_component(
        "elasticsearch",
        ELASTICSEARCH_URL,
        "search in Elasticsearch",
    ) {
        let name = format!("lots-{}", Uuid::new_v4().simple());
        println!("ran on Elasticsearch");
        indexes.push(TestIndex {
            index: Arc::new(ElasticsearchLotIndex::new(&url, &name).unwrap()),
            _folder: None,
        });
    }
    indexes
}

fn lot(number: u64) -> Change {
    let market = Market::ALL[if number.is_multiple_of(3) { 3 } else { 0 }];
    Change::Listed(Box::new(LotDocument {
        number,
        lot: LotId::new(format!("lot-{number}")).unwrap(),
        kind: market.kind(),
        grade: Grade::Prime,
        market: Some(market),
        status: LotStatus::Stocked,
        species: (number != 4).then(|| {
            ["Peromyscus eremicus", "Dipodomys merriami"][usize::try_from(number % 2).unwrap()]
                .to_owned()
        }),
        mass_mg: (number != 5).then(|| u32::try_from(number).unwrap() * 1_000),
        price: Some(Kibbles(i64::try_from(number).unwrap() * 10)),
        caught_at: DateTime::<Utc>::UNIX_EPOCH,
    }))
}

async fn found(index: &dyn LotIndex, query: LotQuery) -> Vec<u64> {
    let lots = index.search(query).await.unwrap();
    lots.iter().map(|lot| lot.number).collect()
}

fn id(number: u64) -> LotId {
    LotId::new(format!("lot-{number}")).unwrap()
}

/// What happens to some of the lots.
fn later() -> Vec<Change> {
    let (market, status) = (Market::ALL[1], LotStatus::Spoiled);
    let price = Some(Kibbles(7));
    let lot = id(1);
    let sold = |number, price| Change::Sold {
        lot: id(number),
        price: Kibbles(price),
    };
    vec![
        Change::Regraded { lot, market, price },
        Change::Left { lot: id(2), status },
        sold(6, 1_000),
        sold(77, 1),
    ]
}

/// A query, and the lots that it finds.
type Case = (fn(&mut LotQuery), &'static [u64]);

const CASES: &[Case] = &[
    (|_| {}, &[6, 5, 4, 3, 2, 1]),
    (|q| (q.limit, q.before) = (2, Some(5)), &[4, 3]),
    (|q| q.kind = Some(RodentKind::Rat), &[6, 3]),
    (|q| q.market = Some(Market::ALL[1]), &[1]),
    (|q| q.grade = Some(Grade::Spoiled), &[2]),
    (|q| q.status = Some(LotStatus::Spoiled), &[2]),
    (|q| q.species = Some("Peromyscus eremicus".into()), &[6, 2]),
    (|q| q.words = words_of("MERRI"), &[5, 3, 1]),
    (|q| q.words = words_of("perom rat"), &[6]),
    (|q| q.words = words_of("\"OR\" NEAR(*"), &[]),
    (|q| q.lightest_mg = Some(4_000), &[6, 4]),
    (|q| q.heaviest_mg = Some(2_000), &[2, 1]),
    (|q| q.lowest = Some(Kibbles(50)), &[6, 5]),
    (|q| q.highest = Some(Kibbles(20)), &[2, 1]),
];

#[tokio::test]
async fn every_index_keeps_the_contract() {
    for TestIndex { index, _folder } in indexes() {
        let index = index.as_ref();
        let journal = Uuid::new_v4();
        assert_eq!(index.through(journal).await.unwrap(), 0);
        index.apply((1..=6).map(lot).collect(), 6).await.unwrap();
        index.apply(later(), 10).await.unwrap();
        assert_eq!(index.through(journal).await.unwrap(), 10);
        // Told again, as after a crash before the mark was set.
        index.apply(vec![lot(6)], 10).await.unwrap();
        index.apply(later(), 10).await.unwrap();
        index.settle().await.unwrap();
        for (number, (set, expected)) in CASES.iter().enumerate() {
            let mut query = LotQuery {
                limit: 100,
                ..LotQuery::default()
            };
            set(&mut query);
            assert_eq!(found(index, query).await, *expected, "case {number}");
        }

        let other = index.through(Uuid::new_v4()).await.unwrap();
        assert_eq!(other, 0, "another journal begins anew");
        index.settle().await.unwrap();
        let all = LotQuery {
            limit: 100,
            ..LotQuery::default()
        };
        assert!(found(index, all).await.is_empty());
    }
}

#[tokio::test]
async fn lots_are_found_as_they_come_and_go() {
    let mut app = TestApp::start().await;
    app.welcome("kitty").await;
    let now = app.clock_now();
    let mut rat = caught("rat-1", "tom", now);
    rat.kind = RodentKind::Rat;
    rat.species = Some("Rattus norvegicus".into());
    rat.mass_grams = Some(310.0);
    app.tell(&rat).await;
    app.catch("mouse-1", "tom").await;
    app.as_cat("kitty").order("buy", 1, 12).await;
    app.void("mouse-1", "tom").await;
    let count = async |query: &str| {
        let answer = app.get(&format!("/v1/lots?{query}")).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
        answer.body["lots"].as_array().unwrap().len()
    };
    app.until(async || count("status=withdrawn").await == 1)
        .await;
    assert_eq!(count("").await, 2);
    assert_eq!(
        count("text=norv&kind=rat&min_mass_grams=300&min_price=20&max_price=20").await,
        1
    );
    assert_eq!(
        count("species=Peromyscus%20eremicus&market=mouse-prime").await,
        0
    );
    let page = app.get("/v1/lots?limit=1").await.body;
    assert!(!page.to_string().contains("tom"), "an index names no cat");
    app.get("/v1/lots?limit=0").await.is(400, "invalid-query");
    app.get("/v1/lots?market=mouse-rotten")
        .await
        .is(404, "unknown-market");

    // The index may be lost.
    app.stop().await;
    let mut file = app.database().into_os_string();
    file.push(".lots");
    std::fs::remove_file(file).unwrap();
    app.restart_stopped().await;
    let filled = async || {
        app.get("/v1/lots").await.body["lots"]
            .as_array()
            .unwrap()
            .len()
            == 2
    };
    app.until(filled).await;
}
