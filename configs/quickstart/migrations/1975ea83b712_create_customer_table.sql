-- create customer table
--
-- Revision ID: 1975ea83b712
-- Revises:
-- Create Date: 2026-11-20 09:12:44

-- skein: upgrade
CREATE TABLE customer (
    id INTEGER PRIMARY KEY,
    name VARCHAR(80) NOT NULL
);

-- skein: downgrade
DROP TABLE customer;
