-- monthly turnover
--
-- Revision ID: 53fffde5ad5c
-- Revises: ae1027a6acf0
-- Create Date: 2026-11-22 11:40:27

-- skein: upgrade
CREATE VIEW turnover AS
SELECT substr(placed_at, 1, 7) AS month, count(*) AS orders, sum(cents) AS cents
FROM purchase
GROUP BY substr(placed_at, 1, 7);

-- skein: downgrade
DROP VIEW turnover;
