//! The index in Elasticsearch, or what speaks its language (OpenSearch).

use super::{Change, LotDocument, LotIndex, LotQuery, SearchError, failed};
use async_trait::async_trait;
use reqwest::{Client, Method, Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use std::{fmt, time::Duration};
use uuid::Uuid;

/// The longest that a request may take.
const DEADLINE: Duration = Duration::from_secs(10);
/// The document that tells how far the index is.
const PROGRESS: &str = "progress";

/// An index in Elasticsearch.
pub struct ElasticsearchLotIndex {
    client: Client,
    url: String,
    index: String,
    journal: parking_lot::Mutex<Uuid>,
}

impl fmt::Debug for ElasticsearchLotIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ElasticsearchLotIndex({})", self.index)
    }
}

/// What the server answered was no success.
#[derive(Debug, thiserror::Error)]
#[error("the server answered {status}: {body}")]
struct Refused {
    status: StatusCode,
    body: String,
}

type Source = Box<dyn std::error::Error + Send + Sync>;

impl ElasticsearchLotIndex {
    /// The index named `index` of the server at `url`, which may hold a user and a password.
    ///
    /// # Errors
    /// The client cannot be made.
    pub fn new(url: &str, index: &str) -> Result<Self, reqwest::Error> {
        Ok(Self {
            client: Client::builder().timeout(DEADLINE).build()?,
            url: url.trim_end_matches('/').to_owned(),
            index: index.to_owned(),
            journal: parking_lot::Mutex::new(Uuid::nil()),
        })
    }

    fn progress_index(&self) -> String {
        format!("{}-progress", self.index)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Response, Source> {
        let mut request = self.client.request(method, format!("{}/{path}", self.url));
        if let Some(body) = body {
            request = request.json(body);
        }
        Ok(request.send().await?)
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Source> {
        read(self.send(method, path, body).await?).await
    }

    /// Nothing if there is no such thing.
    async fn get(&self, path: &str) -> Result<Option<Value>, Source> {
        let answer = self.send(Method::GET, path, None).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        read(answer).await.map(Some)
    }

    async fn begin(&self, journal: Uuid) -> Result<(), Source> {
        for index in [self.index.clone(), self.progress_index()] {
            let path = format!("{index}?ignore_unavailable=true");
            self.ask(Method::DELETE, &path, None).await?;
        }
        self.ask(Method::PUT, &self.index, Some(&mapping())).await?;
        self.note(journal, 0).await
    }

    async fn note(&self, journal: Uuid, through: u64) -> Result<(), Source> {
        let path = format!("{}/_doc/{PROGRESS}", self.progress_index());
        let body = json!({"journal": journal, "through": through});
        self.ask(Method::PUT, &path, Some(&body)).await.map(|_| ())
    }

    async fn kept(&self, journal: Uuid) -> Result<u64, Source> {
        *self.journal.lock() = journal;
        let path = format!("{}/_doc/{PROGRESS}", self.progress_index());
        if let Some(kept) = self.get(&path).await?
            && kept["_source"]["journal"] == json!(journal)
        {
            return Ok(kept["_source"]["through"].as_u64().unwrap_or_default());
        }
        self.begin(journal).await?;
        Ok(0)
    }

    async fn bulk(&self, changes: &[Change]) -> Result<(), Source> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut lines = String::new();
        for change in changes {
            for line in bulk_lines(change) {
                lines.push_str(&line.to_string());
                lines.push('\n');
            }
        }
        let request = self
            .client
            .post(format!("{}/{}/_bulk", self.url, self.index))
            .header("content-type", "application/x-ndjson")
            .body(lines);
        let answer = read(request.send().await?).await?;
        // An update of a lot that is not there changes nothing, and is no failure.
        let items = answer["items"].as_array().into_iter().flatten();
        for item in items.filter_map(|item| item.as_object()?.values().next().cloned()) {
            let status = item["status"].as_u64().unwrap_or_default();
            if status >= 300 && status != 404 {
                return Err(format!("a change was refused: {item}").into());
            }
        }
        Ok(())
    }
}

#[async_trait]
impl LotIndex for ElasticsearchLotIndex {
    async fn through(&self, journal: Uuid) -> Result<u64, SearchError> {
        self.kept(journal)
            .await
            .map_err(failed("tell how far it is"))
    }

    async fn apply(&self, changes: Vec<Change>, through: u64) -> Result<(), SearchError> {
        self.bulk(&changes).await.map_err(failed("be written"))?;
        let journal = *self.journal.lock();
        self.note(journal, through)
            .await
            .map_err(failed("note how far it is"))
    }

    async fn settle(&self) -> Result<(), SearchError> {
        let path = format!("{}/_refresh", self.index);
        let refreshed = self.ask(Method::POST, &path, None).await;
        refreshed.map(|_| ()).map_err(failed("be refreshed"))
    }

    async fn search(&self, query: LotQuery) -> Result<Vec<LotDocument>, SearchError> {
        let path = format!("{}/_search", self.index);
        let found = self.ask(Method::POST, &path, Some(&body(&query))).await;
        let mut found = found.map_err(failed("be searched"))?;
        let hits = found["hits"]["hits"].take();
        let sources = hits.as_array().into_iter().flatten();
        sources
            .map(|hit| serde_json::from_value(hit["_source"].clone()))
            .collect::<Result<_, _>>()
            .map_err(failed("be understood"))
    }
}

async fn read(answer: Response) -> Result<Value, Source> {
    let (status, body) = (answer.status(), answer.text().await?);
    if status.is_success() {
        return Ok(serde_json::from_str(&body)?);
    }
    let body = body.chars().take(500).collect();
    Err(Box::new(Refused { status, body }))
}

fn mapping() -> Value {
    let (keyword, number) = (json!({"type": "keyword"}), json!({"type": "long"}));
    json!({"mappings": {"dynamic": "strict", "properties": {
        "number": number, "lot": keyword, "kind": keyword, "grade": keyword, "market": keyword, "status": keyword, "species": keyword,
        "mass_mg": number, "price": number, "caught_at": {"type": "date"},
        "words": {"type": "text", "analyzer": "standard"},
    }}})
}

fn bulk_lines(change: &Change) -> [Value; 2] {
    let update = |lot: &str, doc: Value| [json!({"update": {"_id": lot}}), json!({"doc": doc})];
    match change {
        Change::Listed(document) => {
            let mut source = json!(document);
            let species = document.species.as_deref().unwrap_or_default();
            source["words"] = json!(format!("{species} {}", word(&document.kind)));
            // What came in once is not reset when it is told again.
            [
                json!({"update": {"_id": document.lot}}),
                json!({"doc": {}, "upsert": source}),
            ]
        }
        Change::Regraded { lot, market, price } => {
            let mut doc = json!({"market": market.name(), "grade": market.grade()});
            if let Some(price) = price {
                doc["price"] = json!(price);
            }
            update(lot.as_str(), doc)
        }
        Change::Left { lot, status } => {
            let mut doc = json!({"market": null, "status": status});
            if *status == super::LotStatus::Spoiled {
                doc["grade"] = json!("spoiled");
            }
            update(lot.as_str(), doc)
        }
        Change::Sold { lot, price } => update(lot.as_str(), json!({"price": price})),
    }
}

fn body(query: &LotQuery) -> Value {
    let mut filters = Vec::new();
    let mut term = |field: &str, value: Option<Value>| {
        filters.extend(value.map(|value| json!({"term": {field: value}})));
    };
    term("kind", query.kind.map(|kind| json!(kind)));
    term("grade", query.grade.map(|grade| json!(grade)));
    term("market", query.market.map(|market| json!(market.name())));
    term("status", query.status.map(|status| json!(status)));
    term(
        "species",
        query.species.as_ref().map(|species| json!(species)),
    );
    for (field, least, most) in [
        (
            "mass_mg",
            query.lightest_mg.map(i64::from),
            query.heaviest_mg.map(i64::from),
        ),
        (
            "price",
            query.lowest.map(|price| price.0),
            query.highest.map(|price| price.0),
        ),
    ] {
        filters.extend(least.map(|least| json!({"range": {field: {"gte": least}}})));
        filters.extend(most.map(|most| json!({"range": {field: {"lte": most}}})));
    }
    filters.extend(
        query
            .before
            .map(|before| json!({"range": {"number": {"lt": before}}})),
    );
    let words = query.words.iter();
    filters.extend(words.map(|word| json!({"prefix": {"words": {"value": word}}})));
    json!({"size": query.limit, "sort": [{"number": "desc"}], "query": {"bool": {"filter": filters}},
        "_source": {"excludes": ["words"]}})
}

fn word<T: Serialize>(value: &T) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
