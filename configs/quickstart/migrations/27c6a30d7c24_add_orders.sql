-- add orders
--
-- Revision ID: 27c6a30d7c24
-- Revises: 1975ea83b712
-- Create Date: 2026-11-20 14:40:02

-- skein: upgrade
CREATE TABLE purchase (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customer (id),
    placed_at TIMESTAMP NOT NULL,
    cents INTEGER NOT NULL
);
CREATE INDEX purchase_customer ON purchase (customer_id);

-- skein: downgrade
DROP TABLE purchase;
