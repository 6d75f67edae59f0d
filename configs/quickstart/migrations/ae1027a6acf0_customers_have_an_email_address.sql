-- customers have an email address
--
-- Revision ID: ae1027a6acf0
-- Revises: 27c6a30d7c24
-- Create Date: 2026-11-21 10:05:19

-- skein: upgrade
ALTER TABLE customer ADD COLUMN email VARCHAR(120);
CREATE UNIQUE INDEX customer_email ON customer (email);

-- skein: downgrade
DROP INDEX customer_email;
ALTER TABLE customer DROP COLUMN email;
