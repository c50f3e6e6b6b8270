"""Legal intervention: considerations, notices to improve, penalty notices, contracts."""
