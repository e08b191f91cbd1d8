"""Everything that talks to Seller Central, and a local Feedback Manager to rehearse on."""
