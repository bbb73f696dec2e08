-- Why an operation that is still to be done was not done yet: what its last attempt met with.
ALTER TABLE operation ADD COLUMN setback text;
