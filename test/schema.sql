-- columns
api_key.id integer NOT NULL GENERATED ALWAYS AS IDENTITY
api_key.name text NOT NULL
api_key.role text NOT NULL
api_key.station_id integer
api_key.prefix text NOT NULL
api_key.digest bytea NOT NULL
api_key.created_at timestamp with time zone NOT NULL DEFAULT now()
api_key.revoked_at timestamp with time zone
api_key.expires_at timestamp with time zone
api_key.rotated_from integer
api_key.valid_until timestamp with time zone
api_key.max_per_second integer
api_key.last_used_at timestamp with time zone
api_key.last_used_from text
attempt.claim_id bigint NOT NULL
attempt.attempt integer NOT NULL
attempt.order_id integer NOT NULL
attempt.station_id integer NOT NULL
attempt.slot integer
attempt.unit text NOT NULL
attempt.firmware text
attempt.iccid text
attempt.outcome text NOT NULL
attempt.reason text
attempt.proof text
attempt.is_volatile boolean NOT NULL DEFAULT false
attempt.started_at timestamp with time zone NOT NULL
attempt.ended_at timestamp with time zone NOT NULL DEFAULT now()
attempt_transcript.claim_id bigint NOT NULL
attempt_transcript.attempt integer NOT NULL
attempt_transcript.station_id integer NOT NULL
attempt_transcript.lines jsonb NOT NULL
attempt_transcript.kept_at timestamp with time zone NOT NULL DEFAULT now()
audit_event.id bigint NOT NULL GENERATED ALWAYS AS IDENTITY
audit_event.at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
audit_event.action text NOT NULL
audit_event.actor text NOT NULL
audit_event.address text
audit_event.product_key text
audit_event.device_name text
audit_event.order_id integer
audit_event.claim_id bigint
audit_event.unit text
audit_event.detail jsonb NOT NULL DEFAULT '{}'::jsonb
audit_seal.seq bigint NOT NULL
audit_seal.last_id bigint NOT NULL
audit_seal.sealed_at timestamp with time zone NOT NULL
audit_seal.entries bytea NOT NULL
audit_seal.hash bytea NOT NULL
claim.id bigint NOT NULL GENERATED ALWAYS AS IDENTITY
claim.device_id bigint NOT NULL
claim.order_id integer NOT NULL
claim.station_id integer NOT NULL
claim.slot integer
claim.unit text NOT NULL
claim.imei text
claim.sn text
claim.mac text
claim.iccid text
claim.firmware text
claim.state text NOT NULL
claim.attempt integer NOT NULL DEFAULT 1
claim.lease_until timestamp with time zone NOT NULL
claim.proof text
claim.is_volatile boolean NOT NULL DEFAULT false
claim.fail_reason text
claim.created_at timestamp with time zone NOT NULL DEFAULT now()
claim.changed_at timestamp with time zone NOT NULL DEFAULT now()
claim.started_at timestamp with time zone NOT NULL DEFAULT now()
claim.ended_at timestamp with time zone
claim.leased_at timestamp with time zone NOT NULL DEFAULT now()
device.id bigint NOT NULL GENERATED ALWAYS AS IDENTITY
device.order_id integer NOT NULL
device.product_id integer NOT NULL
device.generation integer NOT NULL DEFAULT 0
device.name text COLLATE "C" NOT NULL
device.state text NOT NULL DEFAULT 'free'::text
device.activated_at timestamp with time zone
device.disabled_at timestamp with time zone
device.registered_from text
device.registered_at timestamp with time zone
device_presence.device_id bigint NOT NULL
device_presence.copy integer NOT NULL
device_presence.is_online boolean NOT NULL
device_presence.online_at timestamp with time zone NOT NULL
device_presence.offline_at timestamp with time zone
device_presence.address text NOT NULL
device_token.id bigint NOT NULL GENERATED ALWAYS AS IDENTITY
device_token.device_id bigint NOT NULL
device_token.order_id integer NOT NULL
device_token.client_id text COLLATE "C" NOT NULL
device_token.registered_from text NOT NULL
device_token.created_at timestamp with time zone NOT NULL DEFAULT now()
device_token.activated_at timestamp with time zone
device_token.void_at timestamp with time zone
dialect.id text NOT NULL
dialect.body jsonb NOT NULL
dialect.revision integer NOT NULL DEFAULT 1
dialect.created_at timestamp with time zone NOT NULL DEFAULT now()
dialect.created_by text NOT NULL
dialect.changed_at timestamp with time zone NOT NULL DEFAULT now()
dialect.changed_by text NOT NULL
downlink.id bigint NOT NULL GENERATED ALWAYS AS IDENTITY
downlink.copy integer NOT NULL
downlink.product_key text NOT NULL
downlink.device_name text NOT NULL
downlink.topic text NOT NULL
downlink.payload bytea NOT NULL
downlink.qos smallint NOT NULL
downlink.created_at timestamp with time zone NOT NULL DEFAULT now()
given_secret.device_id bigint NOT NULL
given_secret.sealed bytea NOT NULL
idempotent_request.api_key_id integer NOT NULL
idempotent_request.key text NOT NULL
idempotent_request.fingerprint bytea NOT NULL
idempotent_request.status smallint NOT NULL
idempotent_request.body text
idempotent_request.holes text
idempotent_request.created_at timestamp with time zone NOT NULL DEFAULT now()
master_key.kid text NOT NULL
master_key.check_value bytea NOT NULL
master_key.created_at timestamp with time zone NOT NULL DEFAULT now()
master_key.retired_at timestamp with time zone
order_count.order_id integer NOT NULL
order_count.quota integer NOT NULL
order_count.minted integer NOT NULL DEFAULT 0
order_count.free integer NOT NULL DEFAULT 0
order_count.leased integer NOT NULL DEFAULT 0
order_count.failed integer NOT NULL DEFAULT 0
order_count.confirmed integer NOT NULL DEFAULT 0
order_count.issued integer NOT NULL DEFAULT 0
order_count.void integer NOT NULL DEFAULT 0
order_count.shown integer NOT NULL DEFAULT 0
order_count.activated integer NOT NULL DEFAULT 0
order_count.low_water_id bigint NOT NULL DEFAULT 0
order_export.id integer NOT NULL GENERATED ALWAYS AS IDENTITY
order_export.order_id integer NOT NULL
order_export.exported_at timestamp with time zone NOT NULL DEFAULT now()
order_export.exported_by text NOT NULL
order_export.format text NOT NULL
order_export.recipients text[] NOT NULL
order_export.first_device_id bigint NOT NULL
order_export.last_device_id bigint NOT NULL
order_export.expected integer NOT NULL
order_export.given integer NOT NULL DEFAULT 0
order_export.state text NOT NULL DEFAULT 'running'::text
order_export.seen_at timestamp with time zone NOT NULL DEFAULT now()
order_row_error.order_id integer NOT NULL
order_row_error.line integer NOT NULL
order_row_error.column text COLLATE "C" NOT NULL
order_row_error.code text NOT NULL
order_row_error.value text
order_station.order_id integer NOT NULL
order_station.station_id integer NOT NULL
order_upload.order_id integer NOT NULL
order_upload.touched_at timestamp with time zone NOT NULL DEFAULT now()
product.id integer NOT NULL GENERATED ALWAYS AS IDENTITY
product.product_key text COLLATE "C" NOT NULL
product.name text NOT NULL
product.secret_sealed bytea NOT NULL
product.registration_mode text NOT NULL
product.allow_plaintext boolean NOT NULL
product.version integer NOT NULL DEFAULT 1
product.created_at timestamp with time zone NOT NULL DEFAULT now()
product.previous_secret_sealed bytea
product.previous_valid_until timestamp with time zone
product.registration_repeat text NOT NULL DEFAULT 'same'::text
product.registration_quota integer
product.registration_opens_at timestamp with time zone
product.registration_closes_at timestamp with time zone
product.registration_networks text[] NOT NULL DEFAULT '{}'::text[]
product.registration_max_per_second integer
product.registration_units_per_name integer NOT NULL DEFAULT 1
product_count.product_id integer NOT NULL
product_count.registered integer NOT NULL DEFAULT 0
production_order.id integer NOT NULL GENERATED BY DEFAULT AS IDENTITY
production_order.product_id integer NOT NULL
production_order.state text NOT NULL
production_order.quantity integer NOT NULL
production_order.naming jsonb NOT NULL
production_order.provisioning text NOT NULL
production_order.accept_volatile boolean NOT NULL
production_order.order_key_sealed bytea NOT NULL
production_order.expires_at timestamp with time zone
production_order.note text
production_order.refusal jsonb
production_order.first_device_id bigint
production_order.last_device_id bigint
production_order.created_at timestamp with time zone NOT NULL DEFAULT now()
production_order.kind text NOT NULL DEFAULT 'mint'::text
production_order.held_at timestamp with time zone
production_order.accept_proofs text[] NOT NULL DEFAULT '{digest,secret,fingerprint,login}'::text[]
production_order.firmware text[] NOT NULL DEFAULT '{}'::text[]
run.id bigint NOT NULL GENERATED ALWAYS AS IDENTITY
run.station_id integer NOT NULL
run.order_id integer NOT NULL
run.state text NOT NULL
run.started_at timestamp with time zone NOT NULL DEFAULT now()
run.alive_at timestamp with time zone NOT NULL DEFAULT now()
run.ended_at timestamp with time zone
run.abort_asked_at timestamp with time zone
run_event.run_id bigint NOT NULL
run_event.id integer NOT NULL
run_event.type text NOT NULL
run_event.slot integer
run_event.phase text
run_event.at timestamp with time zone NOT NULL DEFAULT now()
run_slot.run_id bigint NOT NULL
run_slot.slot integer NOT NULL
run_slot.port text NOT NULL
run_slot.dialect text NOT NULL
run_slot.outcome text
run_slot.reason text
run_slot.detail text
run_slot.unit text
run_slot.device_name text
run_slot.claim_id bigint
run_slot.is_volatile boolean NOT NULL DEFAULT false
run_slot.duration_ms integer
run_slot.transcript jsonb
run_slot.tries integer
service_copy.id integer NOT NULL GENERATED BY DEFAULT AS IDENTITY
service_copy.started_at timestamp with time zone NOT NULL DEFAULT now()
service_copy.master_kids text[]
service_copy.seals_with text
staged_device.order_id integer NOT NULL
staged_device.place integer NOT NULL
staged_device.line integer NOT NULL
staged_device.name text COLLATE "C" NOT NULL
staged_device.sealed bytea
station.id integer NOT NULL GENERATED ALWAYS AS IDENTITY
station.name text NOT NULL
station.line text
station.created_at timestamp with time zone NOT NULL DEFAULT now()
station.disabled_at timestamp with time zone
station_slot.station_id integer NOT NULL
station_slot.slot integer NOT NULL
station_slot.port text NOT NULL
station_slot.dialect text
stranger_refusal.minute timestamp with time zone NOT NULL
stranger_refusal.address text NOT NULL
stranger_refusal.product_key text NOT NULL
stranger_refusal.count integer NOT NULL
topic_class.product_id integer NOT NULL
topic_class.name text COLLATE "C" NOT NULL
topic_class.operation text NOT NULL

-- table settings
order_count logged fillfactor=20
product_count logged fillfactor=20

-- constraints
api_key api_key_digest_key UNIQUE (digest)
api_key api_key_max_per_second_check CHECK (((max_per_second >= 0) AND (max_per_second <= 100000)))
api_key api_key_pkey PRIMARY KEY (id)
api_key api_key_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'engineer'::text, 'auditor'::text, 'station'::text])))
api_key api_key_role_station_id_check CHECK (((role = 'station'::text) = (station_id IS NOT NULL)))
api_key api_key_rotated_from_fkey FOREIGN KEY (rotated_from) REFERENCES api_key(id)
api_key api_key_station_id_fkey FOREIGN KEY (station_id) REFERENCES station(id)
attempt attempt_outcome_check CHECK ((outcome = ANY (ARRAY['confirmed'::text, 'failed'::text, 'void'::text])))
attempt attempt_outcome_proof_check CHECK (((outcome = 'confirmed'::text) = (proof IS NOT NULL)))
attempt attempt_pkey PRIMARY KEY (claim_id, attempt)
attempt attempt_proof_check CHECK ((proof = ANY (ARRAY['digest'::text, 'secret'::text, 'fingerprint'::text, 'login'::text, 'word'::text])))
attempt_transcript attempt_transcript_claim_id_fkey FOREIGN KEY (claim_id) REFERENCES claim(id)
attempt_transcript attempt_transcript_pkey PRIMARY KEY (claim_id, attempt, station_id)
attempt_transcript attempt_transcript_station_id_fkey FOREIGN KEY (station_id) REFERENCES station(id)
audit_event audit_event_pkey PRIMARY KEY (id)
audit_seal audit_seal_entries_check CHECK (((octet_length(entries) > 0) AND ((octet_length(entries) % 40) = 0)))
audit_seal audit_seal_hash_check CHECK ((octet_length(hash) = 32))
audit_seal audit_seal_last_id_key UNIQUE (last_id)
audit_seal audit_seal_pkey PRIMARY KEY (seq)
audit_seal audit_seal_seq_check CHECK ((seq > 0))
claim claim_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id)
claim claim_device_id_key UNIQUE (device_id)
claim claim_pkey PRIMARY KEY (id)
claim claim_proof_check CHECK ((proof = ANY (ARRAY['digest'::text, 'secret'::text, 'fingerprint'::text, 'login'::text, 'word'::text])))
claim claim_state_check CHECK ((state = ANY (ARRAY['leased'::text, 'failed'::text, 'confirmed'::text, 'void'::text])))
claim claim_state_proof_check CHECK (((state = 'confirmed'::text) <= (proof IS NOT NULL)))
claim claim_station_id_fkey FOREIGN KEY (station_id) REFERENCES station(id)
device device_name_check CHECK (((octet_length(name) >= 4) AND (octet_length(name) <= 32)))
device device_order_id_fkey FOREIGN KEY (order_id) REFERENCES production_order(id)
device device_pkey PRIMARY KEY (id)
device device_product_id_name_key UNIQUE (product_id, name)
device device_state_check CHECK ((state = ANY (ARRAY['free'::text, 'leased'::text, 'confirmed'::text, 'issued'::text, 'void'::text])))
device_presence device_presence_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id)
device_presence device_presence_is_online_offline_at_check CHECK ((is_online = (offline_at IS NULL)))
device_presence device_presence_pkey PRIMARY KEY (device_id)
device_token device_token_client_id_key UNIQUE (client_id)
device_token device_token_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id)
device_token device_token_order_id_fkey FOREIGN KEY (order_id) REFERENCES production_order(id)
device_token device_token_pkey PRIMARY KEY (id)
dialect dialect_id_check CHECK ((id ~ '^[a-z0-9-]{2,40}$'::text))
dialect dialect_pkey PRIMARY KEY (id)
downlink downlink_pkey PRIMARY KEY (id)
downlink downlink_qos_check CHECK ((qos = ANY (ARRAY[0, 1])))
given_secret given_secret_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id)
given_secret given_secret_pkey PRIMARY KEY (device_id)
idempotent_request idempotent_request_body_holes_check CHECK (((holes IS NOT NULL) <= (body IS NOT NULL)))
idempotent_request idempotent_request_fingerprint_check CHECK ((octet_length(fingerprint) = 32))
idempotent_request idempotent_request_key_check CHECK (((char_length(key) >= 1) AND (char_length(key) <= 255)))
idempotent_request idempotent_request_pkey PRIMARY KEY (api_key_id, key)
idempotent_request idempotent_request_status_check CHECK (((status >= 200) AND (status <= 399)))
master_key master_key_pkey PRIMARY KEY (kid)
order_count order_count_confirmed_check CHECK ((confirmed >= 0))
order_count order_count_failed_check CHECK ((failed >= 0))
order_count order_count_free_check CHECK ((free >= 0))
order_count order_count_issued_check CHECK ((issued >= 0))
order_count order_count_leased_check CHECK ((leased >= 0))
order_count order_count_minted_check CHECK ((minted = (((((free + leased) + failed) + confirmed) + issued) + void)))
order_count order_count_order_id_fkey FOREIGN KEY (order_id) REFERENCES production_order(id)
order_count order_count_pkey PRIMARY KEY (order_id)
order_count order_count_quota_check CHECK ((quota > 0))
order_count order_count_shown_check CHECK (((shown >= 0) AND (shown <= quota)))
order_count order_count_void_check CHECK ((void >= 0))
order_export order_export_order_id_fkey FOREIGN KEY (order_id) REFERENCES production_order(id)
order_export order_export_pkey PRIMARY KEY (id)
order_export order_export_state_check CHECK ((state = ANY (ARRAY['running'::text, 'complete'::text, 'broken_off'::text])))
order_row_error order_row_error_pkey PRIMARY KEY (order_id, line, "column")
order_station order_station_order_id_fkey FOREIGN KEY (order_id) REFERENCES production_order(id)
order_station order_station_pkey PRIMARY KEY (order_id, station_id)
order_station order_station_station_id_fkey FOREIGN KEY (station_id) REFERENCES station(id)
order_upload order_upload_pkey PRIMARY KEY (order_id)
product product_pkey PRIMARY KEY (id)
product product_product_key_key UNIQUE (product_key)
product product_registration_max_per_second_check CHECK ((registration_max_per_second > 0))
product product_registration_mode_check CHECK ((registration_mode = ANY (ARRAY['off'::text, 'preregistered'::text, 'open'::text])))
product product_registration_quota_check CHECK ((registration_quota >= 0))
product product_registration_repeat_check CHECK ((registration_repeat = ANY (ARRAY['same'::text, 'rotate'::text])))
product product_registration_units_per_name_check CHECK (((registration_units_per_name >= 1) AND (registration_units_per_name <= 5)))
product_count product_count_pkey PRIMARY KEY (product_id)
product_count product_count_product_id_fkey FOREIGN KEY (product_id) REFERENCES product(id)
product_count product_count_registered_check CHECK ((registered >= 0))
production_order production_order_accept_proofs_check CHECK (((cardinality(accept_proofs) > 0) AND (accept_proofs <@ '{digest,secret,fingerprint,login,word}'::text[])))
production_order production_order_kind_check CHECK ((kind = ANY (ARRAY['mint'::text, 'import'::text, 'standing'::text])))
production_order production_order_pkey PRIMARY KEY (id)
production_order production_order_product_id_fkey FOREIGN KEY (product_id) REFERENCES product(id)
production_order production_order_provisioning_check CHECK ((provisioning = ANY (ARRAY['device-secret'::text, 'product-secret'::text])))
production_order production_order_quantity_check CHECK (
CASE kind
    WHEN 'standing'::text THEN (quantity = 0)
    ELSE ((quantity >= 1) AND (quantity <= 10000000))
END)
production_order production_order_state_check CHECK ((state = ANY (ARRAY['minting'::text, 'open'::text, 'closed'::text, 'refused'::text, 'aborted'::text])))
run run_order_id_fkey FOREIGN KEY (order_id) REFERENCES production_order(id)
run run_pkey PRIMARY KEY (id)
run run_state_check CHECK ((state = ANY (ARRAY['running'::text, 'done'::text, 'aborted'::text])))
run run_station_id_fkey FOREIGN KEY (station_id) REFERENCES station(id)
run_event run_event_pkey PRIMARY KEY (run_id, id)
run_event run_event_run_id_fkey FOREIGN KEY (run_id) REFERENCES run(id)
run_event run_event_type_check CHECK ((type = ANY (ARRAY['run.started'::text, 'slot.phase'::text, 'slot.ended'::text, 'run.ended'::text])))
run_slot run_slot_outcome_check CHECK ((outcome = ANY (ARRAY['PASS'::text, 'FAIL'::text, 'ERROR'::text, 'TIMEOUT'::text, 'ABORTED'::text])))
run_slot run_slot_pkey PRIMARY KEY (run_id, slot)
run_slot run_slot_run_id_fkey FOREIGN KEY (run_id) REFERENCES run(id)
service_copy service_copy_pkey PRIMARY KEY (id)
staged_device staged_device_pkey PRIMARY KEY (order_id, place)
station station_name_key UNIQUE (name)
station station_pkey PRIMARY KEY (id)
station_slot station_slot_pkey PRIMARY KEY (station_id, slot)
station_slot station_slot_slot_check CHECK (((slot >= 1) AND (slot <= 999)))
station_slot station_slot_station_id_fkey FOREIGN KEY (station_id) REFERENCES station(id)
station_slot station_slot_station_id_port_key UNIQUE (station_id, port)
stranger_refusal stranger_refusal_count_check CHECK ((count > 0))
stranger_refusal stranger_refusal_pkey PRIMARY KEY (minute, address, product_key)
topic_class topic_class_operation_check CHECK ((operation = ANY (ARRAY['PUB'::text, 'SUB'::text, 'ALL'::text])))
topic_class topic_class_pkey PRIMARY KEY (product_id, name)
topic_class topic_class_product_id_fkey FOREIGN KEY (product_id) REFERENCES product(id)

-- indexes
CREATE UNIQUE INDEX api_key_digest_key ON public.api_key USING btree (digest)
CREATE UNIQUE INDEX api_key_pkey ON public.api_key USING btree (id)
CREATE UNIQUE INDEX api_key_rotated_from_key ON public.api_key USING btree (rotated_from) WHERE (revoked_at IS NULL)
CREATE INDEX attempt_again_idx ON public.attempt USING btree (order_id, ended_at) WHERE (attempt > 1)
CREATE INDEX attempt_order_id_ended_at_idx ON public.attempt USING btree (order_id, ended_at)
CREATE UNIQUE INDEX attempt_pkey ON public.attempt USING btree (claim_id, attempt)
CREATE INDEX attempt_station_id_slot_ended_at_idx ON public.attempt USING btree (station_id, slot, ended_at)
CREATE UNIQUE INDEX attempt_transcript_pkey ON public.attempt_transcript USING btree (claim_id, attempt, station_id)
CREATE INDEX audit_event_claim_id_id_idx ON public.audit_event USING btree (claim_id, id) WHERE (claim_id IS NOT NULL)
CREATE INDEX audit_event_order_id_id_idx ON public.audit_event USING btree (order_id, id) WHERE (order_id IS NOT NULL)
CREATE UNIQUE INDEX audit_event_pkey ON public.audit_event USING btree (id)
CREATE UNIQUE INDEX audit_seal_last_id_key ON public.audit_seal USING btree (last_id)
CREATE UNIQUE INDEX audit_seal_pkey ON public.audit_seal USING btree (seq)
CREATE UNIQUE INDEX claim_device_id_key ON public.claim USING btree (device_id)
CREATE INDEX claim_doubted_idx ON public.claim USING btree (order_id, changed_at) WHERE ((state = 'confirmed'::text) AND (fail_reason IS NOT NULL))
CREATE INDEX claim_iccid_id_idx ON public.claim USING btree (iccid, id) WHERE (iccid IS NOT NULL)
CREATE INDEX claim_leased_idx ON public.claim USING btree (order_id, lease_until) WHERE (state = 'leased'::text)
CREATE INDEX claim_mac_idx ON public.claim USING btree (mac) WHERE (mac IS NOT NULL)
CREATE INDEX claim_open_id_idx ON public.claim USING btree (id) WHERE (state = ANY (ARRAY['leased'::text, 'failed'::text]))
CREATE UNIQUE INDEX claim_pkey ON public.claim USING btree (id)
CREATE INDEX claim_sn_idx ON public.claim USING btree (sn) WHERE (sn IS NOT NULL)
CREATE UNIQUE INDEX claim_unit_key ON public.claim USING btree (unit) WHERE (state = ANY (ARRAY['leased'::text, 'failed'::text, 'confirmed'::text]))
CREATE INDEX claim_void_unit_id_idx ON public.claim USING btree (unit, id) WHERE (state = 'void'::text)
CREATE INDEX device_free_idx ON public.device USING btree (order_id, id) WHERE (state = 'free'::text)
CREATE UNIQUE INDEX device_pkey ON public.device USING btree (id)
CREATE INDEX device_presence_copy_idx ON public.device_presence USING btree (copy) WHERE is_online
CREATE UNIQUE INDEX device_presence_pkey ON public.device_presence USING btree (device_id)
CREATE UNIQUE INDEX device_product_id_name_key ON public.device USING btree (product_id, name)
CREATE UNIQUE INDEX device_token_client_id_key ON public.device_token USING btree (client_id)
CREATE INDEX device_token_device_id_idx ON public.device_token USING btree (device_id, id)
CREATE UNIQUE INDEX device_token_pkey ON public.device_token USING btree (id)
CREATE UNIQUE INDEX dialect_pkey ON public.dialect USING btree (id)
CREATE UNIQUE INDEX downlink_pkey ON public.downlink USING btree (id)
CREATE UNIQUE INDEX given_secret_pkey ON public.given_secret USING btree (device_id)
CREATE INDEX idempotent_request_created_at_idx ON public.idempotent_request USING btree (created_at)
CREATE UNIQUE INDEX idempotent_request_pkey ON public.idempotent_request USING btree (api_key_id, key)
CREATE UNIQUE INDEX master_key_pkey ON public.master_key USING btree (kid)
CREATE UNIQUE INDEX order_count_pkey ON public.order_count USING btree (order_id)
CREATE INDEX order_export_order_id_idx ON public.order_export USING btree (order_id, id)
CREATE UNIQUE INDEX order_export_pkey ON public.order_export USING btree (id)
CREATE UNIQUE INDEX order_row_error_pkey ON public.order_row_error USING btree (order_id, line, "column")
CREATE UNIQUE INDEX order_station_pkey ON public.order_station USING btree (order_id, station_id)
CREATE UNIQUE INDEX order_upload_pkey ON public.order_upload USING btree (order_id)
CREATE UNIQUE INDEX product_count_pkey ON public.product_count USING btree (product_id)
CREATE UNIQUE INDEX product_pkey ON public.product USING btree (id)
CREATE UNIQUE INDEX product_product_key_key ON public.product USING btree (product_key)
CREATE UNIQUE INDEX production_order_pkey ON public.production_order USING btree (id)
CREATE UNIQUE INDEX production_order_standing_key ON public.production_order USING btree (product_id) WHERE ((kind = 'standing'::text) AND (state = 'open'::text))
CREATE UNIQUE INDEX run_event_pkey ON public.run_event USING btree (run_id, id)
CREATE UNIQUE INDEX run_pkey ON public.run USING btree (id)
CREATE INDEX run_slot_claim_id_idx ON public.run_slot USING btree (claim_id) WHERE (claim_id IS NOT NULL)
CREATE UNIQUE INDEX run_slot_pkey ON public.run_slot USING btree (run_id, slot)
CREATE INDEX run_slot_unit_run_id_idx ON public.run_slot USING btree (unit, run_id) WHERE (claim_id IS NULL)
CREATE UNIQUE INDEX run_station_id_key ON public.run USING btree (station_id) WHERE (state = 'running'::text)
CREATE INDEX run_station_id_started_at_idx ON public.run USING btree (station_id, started_at)
CREATE UNIQUE INDEX service_copy_pkey ON public.service_copy USING btree (id)
CREATE UNIQUE INDEX staged_device_pkey ON public.staged_device USING btree (order_id, place)
CREATE UNIQUE INDEX station_name_key ON public.station USING btree (name)
CREATE UNIQUE INDEX station_pkey ON public.station USING btree (id)
CREATE UNIQUE INDEX station_slot_pkey ON public.station_slot USING btree (station_id, slot)
CREATE UNIQUE INDEX station_slot_station_id_port_key ON public.station_slot USING btree (station_id, port)
CREATE UNIQUE INDEX stranger_refusal_pkey ON public.stranger_refusal USING btree (minute, address, product_key)
CREATE UNIQUE INDEX topic_class_pkey ON public.topic_class USING btree (product_id, name)

-- sequences
api_key_id_seq integer INCREMENT 1 START 1
audit_event_id_seq bigint INCREMENT 1 START 1
claim_id_seq bigint INCREMENT 1 START 1
device_id_seq bigint INCREMENT 1 START 1
device_token_id_seq bigint INCREMENT 1 START 1
downlink_id_seq bigint INCREMENT 1 START 1
order_export_id_seq integer INCREMENT 1 START 1
product_id_seq integer INCREMENT 1 START 1
production_order_id_seq integer INCREMENT 1 START 1
run_id_seq bigint INCREMENT 1 START 1
service_copy_id_seq integer INCREMENT 1 START 1
station_id_seq integer INCREMENT 1 START 1

-- triggers
CREATE TRIGGER audit_event_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_event FOR EACH STATEMENT EXECUTE FUNCTION audit_event_refuse_change()
CREATE TRIGGER audit_seal_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_seal FOR EACH STATEMENT EXECUTE FUNCTION audit_seal_refuse_change()
CREATE TRIGGER claim_more_numbers_excl AFTER UPDATE OF sn, mac ON public.claim FOR EACH ROW WHEN (((new.sn IS DISTINCT FROM old.sn) OR (new.mac IS DISTINCT FROM old.mac))) EXECUTE FUNCTION claim_numbers_refuse()
CREATE TRIGGER claim_numbers_excl AFTER INSERT ON public.claim FOR EACH ROW WHEN (((new.sn IS NOT NULL) OR (new.mac IS NOT NULL))) EXECUTE FUNCTION claim_numbers_refuse()

-- functions
CREATE OR REPLACE FUNCTION public.audit_event_refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      BEGIN
        RAISE EXCEPTION 'audit_event is append-only' USING ERRCODE = 'restrict_violation';
      END $function$
CREATE OR REPLACE FUNCTION public.audit_seal_refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      BEGIN
        RAISE EXCEPTION 'audit_seal is append-only' USING ERRCODE = 'restrict_violation';
      END $function$
CREATE OR REPLACE FUNCTION public.claim_numbers_refuse()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      BEGIN
        PERFORM pg_advisory_xact_lock(hashtextextended('unit ' || number, 0))
          FROM unnest(ARRAY['sn:' || NEW.sn, 'mac:' || NEW.mac]) AS n (number)
          WHERE number IS NOT NULL;
        IF EXISTS (SELECT FROM claim c WHERE c.unit <> NEW.unit
            AND c.unit IN ('sn:' || NEW.sn, 'mac:' || NEW.mac)
            AND c.state IN ('leased', 'failed', 'confirmed'))
          OR EXISTS (SELECT FROM claim c WHERE c.unit <> NEW.unit AND NEW.unit = 'sn:' || NEW.sn
            AND c.sn = NEW.sn AND c.state IN ('leased', 'failed', 'confirmed'))
          OR EXISTS (SELECT FROM claim c WHERE c.unit <> NEW.unit AND NEW.unit = 'mac:' || NEW.mac
            AND c.mac = NEW.mac AND c.state IN ('leased', 'failed', 'confirmed'))
        THEN
          RAISE EXCEPTION 'the unit holds a triple by another of its numbers'
            USING ERRCODE = 'exclusion_violation', TABLE = 'claim',
              CONSTRAINT = 'claim_numbers_excl';
        END IF;
        RETURN NULL;
      END $function$
