-- What a server has of the versions in memory, for the others to tell: {"coco@3": "SERVING"}. Empty where it has not said.
ALTER TABLE server ADD COLUMN residency text;
