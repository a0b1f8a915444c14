-- The organizer's search box: every word that somebody types is the beginning of a word of the order.
-- Creates a function and an index only. On a full table building the index holds writes back; there is none yet.
--
-- Not pg_trgm: Japanese family names are two letters, too short for a trigram, and databases with the C locale drop
-- Japanese letters from trigrams altogether. Words of a text search without a parser know neither problem: an address
-- stays one word, a name is found by its first letters, and a million orders cost one look into the index.
--
-- A name is kept twice, with its space and without: 「佐藤 健」 is found by 「佐藤」, 「健」 and 「佐藤健」.
create function order_search_words(search_text text, buyer_name text) returns tsvector
    language sql immutable parallel safe strict
    return array_to_tsvector(array_remove(
        string_to_array(
            translate(search_text, e'\u3000\t', '  ')
                || ' ' || translate(lower(buyer_name), e' \u3000\t', ''),
            ' '
        ),
        ''
    ));

create index orders_search_idx on orders using gin (order_search_words(search_text, buyer_name));
