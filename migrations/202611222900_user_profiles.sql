-- Who a user is to those who run events together: a name; a language that was chosen, or the one of the last login; a time
-- zone for what is about the person and not about an event. Participants see none of it.
-- Expand step: columns with constant defaults, and checks over a table with few rows.

alter table users
    -- None: the address is shown.
    add column display_name text,
    add column is_locale_chosen boolean not null default false,
    add column time_zone text not null default 'Asia/Tokyo',
    add constraint users_display_name_check check (char_length(display_name) between 1 and 80),
    add constraint users_time_zone_check check (char_length(time_zone) between 1 and 64);
