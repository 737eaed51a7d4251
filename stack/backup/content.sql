-- What a database holds, as one line of JSON: the rows of each table and the head of the audit log. A restored
-- database must say the same.
select jsonb_build_object(
    'audit_head', (select jsonb_build_object('seq', seq, 'hash', encode(hash, 'hex')) from audit_head),
    'rows', (
        select jsonb_object_agg(
            tablename,
            (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %I', tablename), false, true, '')))
                [1]::text::bigint)
        from pg_tables
        where schemaname = 'public'));
