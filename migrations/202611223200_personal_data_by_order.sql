-- What belongs to an order's personal data is found by the order. Small tables: writers wait for a moment.
create index statement_lines_order_id_idx on statement_lines (order_id) where order_id is not null;
create index alerts_order_id_idx on alerts (order_id) where order_id is not null;
