-- What each market did, by the minute and by the hour.
CREATE TABLE candle (
    market   TEXT    NOT NULL,
    span_ms  INTEGER NOT NULL,
    start_ms INTEGER NOT NULL,
    open     INTEGER NOT NULL,
    high     INTEGER NOT NULL,
    low      INTEGER NOT NULL,
    close    INTEGER NOT NULL,
    lots     INTEGER NOT NULL,
    turnover INTEGER NOT NULL,
    trades   INTEGER NOT NULL,
    PRIMARY KEY (market, span_ms, start_ms)
) STRICT, WITHOUT ROWID;

INSERT INTO candle
SELECT DISTINCT market, span_ms, executed_at - executed_at % span_ms,
       first_value(price) OVER span, max(price) OVER span, min(price) OVER span, last_value(price) OVER span,
       sum(quantity) OVER span, sum(price * quantity) OVER span, count(*) OVER span
FROM trade, (SELECT 60000 AS span_ms UNION ALL SELECT 3600000)
WINDOW span AS (PARTITION BY market, span_ms, executed_at - executed_at % span_ms ORDER BY number
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING);
