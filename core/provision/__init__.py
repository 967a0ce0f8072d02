"""Making user or role in AWS: the plan, carrying it out, handing it over, taking it back, and changing keys."""
