-- The key of a request is kept once, in `request_key`, whose row is stored in the transaction of its acts.
--
-- A second key over the acts themselves refused nothing that the first does not, and was read by nobody.  But
-- every class register touched a page of it, each anywhere among all requests there have been, and the first
-- touch of a page after a checkpoint logs it whole.
ALTER TABLE act DROP CONSTRAINT act_client_request_key_number_key;
