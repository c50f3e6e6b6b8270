"""What an office program makes of our files: `make office`, which needs LibreOffice (`soffice`)."""
