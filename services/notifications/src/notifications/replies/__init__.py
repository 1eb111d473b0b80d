"""What people answer to an SMS: a word that ends what is optional by SMS, or anything else."""
