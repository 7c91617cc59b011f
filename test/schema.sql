-- columns
master_key.kid text NOT NULL
master_key.check_value bytea NOT NULL
master_key.created_at timestamp with time zone NOT NULL DEFAULT now()
master_key.retired_at timestamp with time zone

-- constraints
master_key master_key_pkey PRIMARY KEY (kid)

-- indexes
CREATE UNIQUE INDEX master_key_pkey ON public.master_key USING btree (kid)
